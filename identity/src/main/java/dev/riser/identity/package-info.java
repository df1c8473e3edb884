/**
 * Who a workload is and how it proves it: SPIFFE ids, keys, certificate requests, trust bundles and the arithmetic of
 * renewal. What a proxy needs of identity; nothing here touches BouncyCastle.
 */
@NullMarked
package dev.riser.identity;

import org.jspecify.annotations.NullMarked;
