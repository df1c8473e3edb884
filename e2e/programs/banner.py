"""A server that speaks first, then echoes lines; after the client's half-close it says how many there were.

banner.py PORT
"""

import socketserver
import sys


class Banner(socketserver.StreamRequestHandler):
    def handle(self):
        self.wfile.write(b"220 ready when you are\r\n")
        count = 0
        for line in self.rfile:
            count += 1
            self.wfile.write(b"250 " + line)
        self.wfile.write(b"221 %d lines\r\n" % count)


class Server(socketserver.ThreadingMixIn, socketserver.TCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128


Server(("", int(sys.argv[1])), Banner).serve_forever()
