/**
 * The configuration of one workload as the request walk reads it: an immutable tree behind one volatile field, made from
 * xDS resources by {@link dev.riser.proxy.snapshot.SnapshotCompiler}. A bad resource is rejected alone and with its
 * reason; what was in force stays.
 */
@NullMarked
package dev.riser.proxy.snapshot;

import org.jspecify.annotations.NullMarked;
