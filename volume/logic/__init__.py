"""What can be done with volumes and what belongs to them; transactions and sending live here."""
