"""gunicorn: two processes of sixteen threads. Answering a call takes milliseconds; the worker does what is slow."""

import os

bind = os.environ.get("XIANGYIN_BIND", "127.0.0.1:8000")
workers = 2
threads = 16
worker_class = "gthread"
timeout = 30
graceful_timeout = 20
keepalive = 15
control_socket_disable = True
