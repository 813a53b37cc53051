"""Programs that use a real client each, and what they send.

    python -m tests.peers.clients.send_statsd PORT        to 127.0.0.1, by UDP

Where a client draws lots for a sample rate, the lot is fixed: the sample is sent.
"""
