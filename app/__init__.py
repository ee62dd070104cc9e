"""Aidpoint (救助点): casework and supplies for community temporary aid points, offline first."""
