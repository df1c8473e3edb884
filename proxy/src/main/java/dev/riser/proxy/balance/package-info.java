/**
 * Station "balance": which endpoint, and may one more request go there. Endpoint health, circuit breakers, retry
 * budgets. Time and chance are handed in; nothing here opens a connection. Rules and defaults are Envoy's.
 */
@NullMarked
package dev.riser.proxy.balance;

import org.jspecify.annotations.NullMarked;
