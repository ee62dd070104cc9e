"""The network of points and its people: nodes, staff, campaigns, notices, key areas, and who looked at what."""
