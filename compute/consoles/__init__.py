"""The consoles' proxy of one host: noVNC's pages, and web sockets that lead to guests.

It knows no database.  A token that opens a console is used up by a question to a controller, and
the guest is reached through its driver's `Consoles`.
"""
