/**
 * What the mesh is at one moment, as immutable values, and the one owner that makes the next moment of it. Nothing here
 * knows Envoy's messages but {@link dev.riser.control.world.ProxyNode}, which reads a proxy's own description.
 */
@NullMarked
package dev.riser.control.world;

import org.jspecify.annotations.NullMarked;
