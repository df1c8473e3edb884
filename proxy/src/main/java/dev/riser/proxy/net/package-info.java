/**
 * Sockets: made in the right network namespace, asked for their original destination, looked at for their protocol, and
 * joined byte for byte. Knows nothing of the mesh.
 */
@NullMarked
package dev.riser.proxy.net;

import org.jspecify.annotations.NullMarked;
