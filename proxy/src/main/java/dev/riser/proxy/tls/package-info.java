/** TLS contexts from credentials and configuration, and what a handshake told about the peer. */
@NullMarked
package dev.riser.proxy.tls;

import org.jspecify.annotations.NullMarked;
