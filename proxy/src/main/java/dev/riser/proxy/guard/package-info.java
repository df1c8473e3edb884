/** Station "guard": may this peer do this? Pure; names the rule that decided. Rules are those of Envoy's RBAC filters. */
@NullMarked
package dev.riser.proxy.guard;

import org.jspecify.annotations.NullMarked;
