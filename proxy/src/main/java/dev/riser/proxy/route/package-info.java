/**
 * Station "target": which virtual host and route a request belongs to, and what is done to its head. Pure: a table and
 * a request go in, a decision comes out; nothing here reads a socket, a clock or a random source that was not handed in.
 * Rules are those of Envoy's RouteConfiguration.
 */
@NullMarked
package dev.riser.proxy.route;

import org.jspecify.annotations.NullMarked;
