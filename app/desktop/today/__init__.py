"""今日: what to do now, in order, each with one action, and the small figures of the day."""
