"""An index in Milvus: pushed there generation by generation, and searched there, exactly.

Only these modules import `pymilvus`, inside the functions that need it.
"""
