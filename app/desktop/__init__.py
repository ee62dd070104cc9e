"""The desktop: the only place that knows Qt. It sends commands and asks queries through `work`; no SQL."""
