"""Moving commits between nodes: protocol, exchange, HTTP client, status. Moves ops and knows no feature."""
