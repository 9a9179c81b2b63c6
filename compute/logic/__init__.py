"""What can be done with servers and what belongs to them; transactions and sending live here."""
