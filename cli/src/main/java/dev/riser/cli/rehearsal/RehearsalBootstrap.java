package dev.riser.cli.rehearsal;

import java.nio.file.Path;

/**
 * An Envoy bootstrap file with what is common: HTTP and opaque bytes from a caller's listener to a server's over mutual
 * TLS, routes by header and by weight, retries, access rules, and from there to an application.
 *
 * @param directory where certificate and key are
 * @param roots trust bundle
 * @param http port of the caller's side for HTTP
 * @param tcp port of the caller's side for bytes
 * @param inboundHttp port of the server's side
 * @param inboundTcp port of the server's side
 * @param application port of an HTTP/1.1 server
 * @param echo port of a server that sends back what it gets
 */
record RehearsalBootstrap(
        Path directory, Path roots, int http, int tcp, int inboundHttp, int inboundTcp, int application, int echo) {
    static final String IDENTITY = "spiffe://cluster.local/ns/%s/sa/%s".formatted(Stage.NAMESPACE, Stage.NAME);
    static final String CHAIN = "identity.pem";
    static final String KEY = "identity.key";

    String text() {
        return """
                {"node": {"id": "sidecar~127.0.0.1~rehearsal.prod~prod.svc.cluster.local", "cluster": "rehearsal.prod"},
                 "static_resources": {
                 "listeners": [%s, %s, %s, %s],
                 "clusters": [%s, %s, %s, %s, %s]}}
                """.formatted(
                        listener(
                                "http",
                                http,
                                inspector("http_inspector.v3.HttpInspector"),
                                connectionManager(outbound(), ""),
                                ""),
                        listener("tcp", tcp, "", bytes("outbound-tcp"), ""),
                        listener(
                                "in_http",
                                inboundHttp,
                                inspector("tls_inspector.v3.TlsInspector"),
                                connectionManager(inbound(), rules()),
                                accepting("h2", "http/1.1")),
                        listener(
                                "in_tcp",
                                inboundTcp,
                                inspector("tls_inspector.v3.TlsInspector"),
                                bytes("echo"),
                                accepting("istio")),
                        cluster("outbound", inboundHttp, protocol("http2_protocol_options"), dialling("h2")),
                        cluster("outbound-v2", inboundHttp, protocol("http_protocol_options"), dialling("http/1.1")),
                        cluster("outbound-tcp", inboundTcp, "", dialling("istio")),
                        cluster("application", application, "", ""),
                        cluster("echo", echo, "", ""));
    }

    private static String listener(String name, int port, String inspectors, String filter, String transport) {
        return """
                {"name": "%s", "address": %s, "listener_filters": [%s],
                 "filter_chains": [{"filters": [%s]%s}]}""".formatted(name, address(port), inspectors, filter, transport);
    }

    private static String address(int port) {
        return "{\"socket_address\": {\"address\": \"127.0.0.1\", \"port_value\": %d}}".formatted(port);
    }

    private static String inspector(String type) {
        return extension("inspector", "extensions.filters.listener." + type, "");
    }

    private static String bytes(String cluster) {
        return extension(
                "envoy.filters.network.tcp_proxy",
                "extensions.filters.network.tcp_proxy.v3.TcpProxy",
                "\"stat_prefix\": \"tcp\", \"cluster\": \"%s\"".formatted(cluster));
    }

    private static String connectionManager(String routes, String filters) {
        return extension(
                "envoy.filters.network.http_connection_manager",
                "extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
                """
                "stat_prefix": "http", "codec_type": "AUTO", "generate_request_id": true, "normalize_path": true,
                "stream_idle_timeout": "0s", "use_remote_address": false,
                "forward_client_cert_details": "APPEND_FORWARD",
                "set_current_client_cert_details": {"subject": true, "dns": true, "uri": true},
                "route_config": {"name": "routes",
                 "request_headers_to_add": [{"header": {"key": "x-rehearsal", "value": "yes"}}],
                 "response_headers_to_remove": ["x-rehearsal"],
                 "virtual_hosts": [{"name": "all", "domains": ["*"], "routes": [%s]}]},
                "http_filters": [%s%s, %s, %s]""".formatted(
                        routes,
                        filters,
                        extension("envoy.filters.http.fault", "extensions.filters.http.fault.v3.HTTPFault", ""),
                        extension("envoy.filters.http.cors", "extensions.filters.http.cors.v3.Cors", ""),
                        extension("envoy.filters.http.router", "extensions.filters.http.router.v3.Router", "")));
    }

    private static String outbound() {
        return """
                {"match": {"prefix": "/", "headers": [{"name": "x-tester", "string_match": {"exact": "yes"}}]},
                 "route": {"cluster": "outbound-v2"}},
                {"match": {"prefix": "/"}, "route": {"timeout": "15s",
                 "weighted_clusters": {"clusters": [
                  {"name": "outbound", "weight": 90}, {"name": "outbound-v2", "weight": 10}]},
                 "retry_policy": {"retry_on": "connect-failure,refused-stream,unavailable,cancelled,retriable-status-codes",
                  "retriable_status_codes": [503], "num_retries": 2}}}""";
    }

    private static String inbound() {
        return "{\"match\": {\"prefix\": \"/\"}, \"route\": {\"cluster\": \"application\", \"timeout\": \"0s\"}}";
    }

    private static String rules() {
        return extension("envoy.filters.http.rbac", "extensions.filters.http.rbac.v3.RBAC", """
                        "rules": {"action": "ALLOW", "policies": {"ns[prod]-policy[callers]-rule[0]": {
                         "permissions": [{"any": true}],
                         "principals": [{"authenticated": {"principal_name": {"exact": "%s"}}}]}}}""".formatted(IDENTITY))
                + ", ";
    }

    private static String cluster(String name, int port, String protocol, String transport) {
        return """
                {"name": "%s", "type": "STATIC", "connect_timeout": "10s", "lb_policy": "LEAST_REQUEST",
                 "load_assignment": {"cluster_name": "%s",
                  "endpoints": [{"lb_endpoints": [{"endpoint": {"address": %s}}]}]}%s%s}""".formatted(name, name, address(port), protocol, transport);
    }

    private static String protocol(String options) {
        String type = "extensions.upstreams.http.v3.HttpProtocolOptions";
        return """
                , "typed_extension_protocol_options": {"envoy.%s":
                 {"@type": "type.googleapis.com/envoy.%s", "explicit_http_config": {"%s": {}}}}""".formatted(type, type, options);
    }

    private String accepting(String... protocols) {
        return transport(
                "DownstreamTlsContext",
                "\"require_client_certificate\": true, \"common_tls_context\": " + tls(protocols));
    }

    private String dialling(String... protocols) {
        return transport("UpstreamTlsContext", "\"sni\": \"rehearsal\", \"common_tls_context\": " + tls(protocols));
    }

    private static String transport(String type, String fields) {
        return ", \"transport_socket\": "
                + extension("envoy.transport_sockets.tls", "extensions.transport_sockets.tls.v3." + type, fields);
    }

    private String tls(String... protocols) {
        return """
                {"alpn_protocols": ["%s"],
                 "tls_params": {"tls_minimum_protocol_version": "TLSv1_3", "tls_maximum_protocol_version": "TLSv1_3"},
                 "tls_certificates": [{"certificate_chain": {"filename": "%s"}, "private_key": {"filename": "%s"}}],
                 "validation_context": {"trusted_ca": {"filename": "%s"},
                  "match_typed_subject_alt_names": [{"san_type": "URI", "matcher": {"exact": "%s"}}]}}""".formatted(
                String.join("\", \"", protocols), directory.resolve(CHAIN), directory.resolve(KEY), roots, IDENTITY);
    }

    private static String extension(String name, String type, String fields) {
        return "{\"name\": \"%s\", \"typed_config\": {\"@type\": \"type.googleapis.com/envoy.%s\"%s%s}}"
                .formatted(name, type, fields.isEmpty() ? "" : ", ", fields);
    }
}
