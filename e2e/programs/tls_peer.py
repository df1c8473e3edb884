"""A TLS peer with any certificate, or none.

tls_peer.py serve ADDRESS PORT [CHAIN KEY]     answers HTTP/1.1, over TLS, or without a certificate in plaintext
tls_peer.py call ADDRESS PORT PATH [CHAIN KEY] speaks HTTP/1.1 over TLS as a proxy of the mesh would, prints the answer
"""

import socket
import ssl
import sys
import threading

mode, address, port = sys.argv[1], sys.argv[2], int(sys.argv[3])


def answer(connection, context):
    try:
        if context:
            connection = context.wrap_socket(connection, server_side=True)
        if connection.recv(65536):
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\nConnection: close\r\n\r\nimpostor!")
        connection.close()
    except OSError as error:
        print(f"peer went: {error}", flush=True)


if mode == "serve":
    context = None
    if len(sys.argv) > 4:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(sys.argv[4], sys.argv[5])
        context.set_alpn_protocols(["http/1.1"])
    server = socket.create_server((address, port))
    while True:
        accepted, _ = server.accept()
        threading.Thread(target=answer, args=(accepted, context), daemon=True).start()
else:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_alpn_protocols(["http/1.1"])
    if len(sys.argv) > 5:
        context.load_cert_chain(sys.argv[5], sys.argv[6])
    with socket.create_connection((address, port), timeout=10) as raw, context.wrap_socket(raw) as connection:
        connection.sendall(f"GET {sys.argv[4]} HTTP/1.1\r\nHost: {address}:{port}\r\nConnection: close\r\n\r\n".encode())
        while part := connection.recv(65536):
            sys.stdout.write(part.decode())
