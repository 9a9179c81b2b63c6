"""The metadata proxy of one host: 169.254.169.254 for every tenant network that has guests here.

It follows OVN's southbound database, keeps one network namespace for each such network, and
passes requests on to compute with the name of the server that asked.
"""
