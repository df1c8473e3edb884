package dev.riser.control.world;

/** What proxies write about each exchange and connection, to their standard output. */
public enum AccessLogging {
    /** Nothing; refusals are logged all the same. */
    OFF,
    /** A line of text with Envoy's operators, in Istio's order. */
    TEXT,
    /** A JSON object with the same facts. */
    JSON
}
