/**
 * One vocabulary of streams over HTTP/1.1 and HTTP/2: what the walk sees is a head, data, trailers and back-pressure,
 * whatever the bytes on the wire look like. Strictness about heads lives here.
 */
@NullMarked
package dev.riser.proxy.http;

import org.jspecify.annotations.NullMarked;
