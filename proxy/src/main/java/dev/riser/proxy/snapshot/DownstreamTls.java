package dev.riser.proxy.snapshot;

/**
 * How TLS of clients is terminated.
 *
 * @param common what both sides share
 * @param requireClientCertificate whether a client without certificate is refused
 * @param requireServerName whether a client without server name is refused
 * @param disableStatelessResumption whether session tickets are off
 * @param disableStatefulResumption whether session ids are off
 */
public record DownstreamTls(
        TlsSettings common,
        boolean requireClientCertificate,
        boolean requireServerName,
        boolean disableStatelessResumption,
        boolean disableStatefulResumption) {}
