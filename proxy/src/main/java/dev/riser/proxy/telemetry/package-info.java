/**
 * Station 9 of 9 of a request: record. In comes one {@link dev.riser.proxy.telemetry.ExchangeRecord} or
 * {@link dev.riser.proxy.telemetry.ConnectionRecord}; out go metrics, golden-signal increments, an access log line and a
 * span. Nothing here can fail a request: what does not fit is dropped and the drop is counted.
 */
@NullMarked
package dev.riser.proxy.telemetry;

import org.jspecify.annotations.NullMarked;
