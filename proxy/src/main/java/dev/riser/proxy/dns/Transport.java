package dev.riser.proxy.dns;

/** How a question came, and how it is forwarded. */
enum Transport {
    DATAGRAM,
    STREAM
}
