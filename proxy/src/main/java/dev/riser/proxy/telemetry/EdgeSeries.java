package dev.riser.proxy.telemetry;

/** Counters of one edge on one event loop. */
final class EdgeSeries {}
