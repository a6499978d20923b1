"""The day player: plays a sampling day against a server, over HTTP, as strangers' devices would.

Imports nothing of the server but kit: what it knows it was handed (hand.py) or was answered.
"""
