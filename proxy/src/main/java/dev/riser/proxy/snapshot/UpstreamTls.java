package dev.riser.proxy.snapshot;

/**
 * How TLS towards endpoints is made.
 *
 * @param common what both sides share
 * @param serverName sent in the handshake, empty: none
 * @param serverNameFromEndpoint whether the endpoint's host name is sent instead, where it has one
 * @param verifyServerName whether the certificate must be for the server name that was sent
 */
public record UpstreamTls(
        TlsSettings common, String serverName, boolean serverNameFromEndpoint, boolean verifyServerName)
        implements UpstreamTransport {}
