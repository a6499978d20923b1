"""OpenRosa: other field apps, as ODK Collect, read their forms here and hand in what was filled in
(docs/how-to/odk-collect.md).
"""
