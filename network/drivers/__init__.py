"""The switches behind the API: OVN, and a fake that behaves."""
