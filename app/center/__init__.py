"""The center: the hub that numbers commits, files them for their readers, admits and revokes devices. No Qt."""
