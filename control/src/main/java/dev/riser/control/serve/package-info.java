/**
 * The gRPC server that proxies talk to: discovery, certificates and reports of golden signals, over TLS, for callers who
 * have shown who they are.
 */
@NullMarked
package dev.riser.control.serve;

import org.jspecify.annotations.NullMarked;
