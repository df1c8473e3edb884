/**
 * The resolver of a workload: names of the mesh are answered from discovery, all others are forwarded to the resolvers
 * of the machine.
 */
@NullMarked
package dev.riser.proxy.dns;

import org.jspecify.annotations.NullMarked;
