/**
 * The walk of a request: accept, identify, target, route, guard, balance, upstream, relay, record. {@link
 * dev.riser.proxy.flow.Acceptor} is stations 1 to 3, {@link dev.riser.proxy.flow.HttpExchange} and {@link
 * dev.riser.proxy.flow.TcpExchange} are 4 to 9. Everything of a connection stays on its event loop.
 */
@NullMarked
package dev.riser.proxy.flow;

import org.jspecify.annotations.NullMarked;
