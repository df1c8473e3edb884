/**
 * The certificate authority and the tokens that entitle a workload to a certificate. Runs in the control plane only; a
 * proxy must not reach this package.
 */
@NullMarked
package dev.riser.identity.authority;

import org.jspecify.annotations.NullMarked;
