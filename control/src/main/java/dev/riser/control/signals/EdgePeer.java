package dev.riser.control.signals;

/**
 * One end of an edge; empty strings where the reporter did not know.
 *
 * @param namespace its namespace
 * @param workload its workload, such as the name of a Deployment
 * @param instance one run of it, such as a pod's name
 * @param version its version label
 * @param principal its verified SPIFFE id, empty without mutual TLS
 */
public record EdgePeer(String namespace, String workload, String instance, String version, String principal) {
    /** Nothing known. */
    public static final EdgePeer UNKNOWN = new EdgePeer("", "", "", "", "");
}
