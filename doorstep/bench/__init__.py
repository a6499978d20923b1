"""Measurements that anybody can repeat: a real server, a real client, one JSON line of figures."""
