package dev.riser.proxy.snapshot;

import static dev.riser.proxy.snapshot.Resources.reasons;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.UnknownFieldSet;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What the proxy cannot honour is named by its field, and what is good compiles beside it. */
class RejectionTest {
    private static Arguments of(String json, String... reasons) {
        return Arguments.of(json, List.of(reasons));
    }

    static Stream<Arguments> routes() {
        return Stream.of(
                of("{'match': {'prefix': '/'}, 'route': {'cluster': 'c'}}"),
                of(
                        "{'match': {'safe_regex': {'regex': '(a'}}, 'route': {'cluster': 'c'}}",
                        "virtual_hosts[0].routes[0].match.safe_regex.regex: is no RE2 expression: error parsing regexp: missing closing ): `(a`"),
                of(
                        "{'match': {'prefix': '/', 'tls_context': {}}, 'route': {'cluster': 'c'}}",
                        "virtual_hosts[0].routes[0].match.tls_context: this proxy cannot honour the field"),
                of(
                        "{'match': {'connect_matcher': {}}, 'route': {'cluster': 'c'}}",
                        "virtual_hosts[0].routes[0].match.connect_matcher: this proxy cannot honour the field",
                        "virtual_hosts[0].routes[0].match: has no path condition that this proxy knows"),
                of(
                        "{'match': {'path_separated_prefix': '/a/'}, 'route': {'cluster': 'c'}}",
                        "virtual_hosts[0].routes[0].match.path_separated_prefix: \"/a/\" must start with \"/\", not end with it, and hold neither \"?\" nor \"#\""),
                of(
                        "{'match': {'prefix': '/'}, 'route': {'cluster': 'c', 'rate_limits': [{}], 'hedge_policy': {'hedge_on_per_try_timeout': true}}}",
                        "virtual_hosts[0].routes[0].route.rate_limits: this proxy cannot honour the field",
                        "virtual_hosts[0].routes[0].route.hedge_policy: this proxy cannot honour the field"),
                of(
                        "{'match': {'prefix': '/'}, 'route': {'cluster': 'c', 'timeout': '-1s'}}",
                        "virtual_hosts[0].routes[0].route.timeout: is negative"),
                of(
                        "{'match': {'prefix': '/'}, 'route': {'weighted_clusters': {'clusters': [{'name': 'a', 'weight': 0}]}}}",
                        "virtual_hosts[0].routes[0].route.weighted_clusters.clusters: no cluster has a weight"),
                of(
                        "{'match': {'prefix': '/'}, 'route': {'weighted_clusters': {'clusters': [{'name': 'a', 'weight': 60}, {'name': 'b', 'weight': 30}], 'total_weight': 100}}}",
                        "virtual_hosts[0].routes[0].route.weighted_clusters.total_weight: weights add up to 90"),
                of(
                        "{'match': {'prefix': '/'}, 'route': {'cluster': 'c', 'retry_policy': {'retry_on': '5xx, sometimes'}}}",
                        "virtual_hosts[0].routes[0].route.retry_policy.retry_on: \"sometimes\" is no condition that this proxy knows"),
                of(
                        "{'match': {'prefix': '/'}, 'route': {'cluster': 'c', 'retry_policy': {'retry_on': '5xx', 'retry_host_predicate': [{'name': 'canary', 'typed_config': {'@type': 'TYPE/envoy.extensions.retry.host.omit_canary_hosts.v3.OmitCanaryHostsPredicate'}}]}}}",
                        "virtual_hosts[0].routes[0].route.retry_policy.retry_host_predicate[0]: \"canary\" is no predicate that this proxy knows"),
                of(
                        "{'match': {'prefix': '/'}, 'route': {'cluster': 'c', 'retry_policy': {'retry_back_off': {'base_interval': '1s', 'max_interval': '0.5s'}}}}",
                        "virtual_hosts[0].routes[0].route.retry_policy.retry_back_off.max_interval: is less than base_interval"),
                of(
                        "{'match': {'prefix': '/'}, 'route': {'cluster': 'c', 'regex_rewrite': {'pattern': {'regex': 'a(b)'}, 'substitution': '\\\\2'}}}",
                        "virtual_hosts[0].routes[0].route.regex_rewrite.substitution: \\2 names a group that the expression does not have"),
                of(
                        "{'match': {'prefix': '/'}, 'route': {'cluster': 'c'}, 'request_headers_to_add': [{'header': {'key': ':path', 'value': 'x'}}]}",
                        "virtual_hosts[0].routes[0].request_headers_to_add[0].header.key: pseudo headers and \"host\" cannot be changed so; rewrite the host instead"),
                of(
                        "{'match': {'prefix': '/'}, 'route': {'cluster': 'c'}, 'response_headers_to_add': [{'header': {'key': 'x', 'value': '%CEL(request.id)%'}}]}",
                        "virtual_hosts[0].routes[0].response_headers_to_add[0].header.value: \"%CEL(request.id)%\" is not a command that this proxy knows"),
                of(
                        "{'match': {'prefix': '/'}, 'route': {'cluster': 'c'}, 'request_headers_to_remove': ['bad name']}",
                        "virtual_hosts[0].routes[0].request_headers_to_remove[0]: \"bad name\" is no header name"),
                of(
                        "{'match': {'prefix': '/'}, 'direct_response': {'status': 99}}",
                        "virtual_hosts[0].routes[0].direct_response.status: is not between 200 and 599"),
                of(
                        "{'match': {'prefix': '/'}, 'direct_response': {'status': 200, 'body': {'filename': '/etc/passwd'}}}",
                        "virtual_hosts[0].routes[0].direct_response.body.filename: this proxy cannot honour the field"),
                of(
                        "{'match': {'prefix': '/'}, 'filter_action': {}}",
                        "virtual_hosts[0].routes[0].filter_action: this proxy cannot honour the field",
                        "virtual_hosts[0].routes[0]: has no action that this proxy knows"),
                of(
                        "{'match': {'prefix': '/'}, 'route': {'cluster': 'c'}, 'typed_per_filter_config': {'x': {'@type': 'TYPE/envoy.extensions.filters.http.router.v3.Router'}}}",
                        "virtual_hosts[0].routes[0].typed_per_filter_config[\"x\"]: this proxy has no filter with the configuration envoy.extensions.filters.http.router.v3.Router"),
                of(
                        "{'match': {'prefix': '/'}, 'route': {'cluster': 'c'}, 'typed_per_filter_config': {'envoy.filters.http.fault': {'@type': 'TYPE/envoy.extensions.filters.http.fault.v3.HTTPFault', 'response_rate_limit': {}}}}",
                        "virtual_hosts[0].routes[0].typed_per_filter_config[\"envoy.filters.http.fault\"].response_rate_limit: this proxy cannot honour the field"));
    }

    @ParameterizedTest
    @MethodSource("routes")
    void routesAreRejectedByTheirFields(String route, List<String> expected) {
        String json = "{'name': 'r', 'virtual_hosts': [{'name': 'h', 'domains': ['*'], 'routes': [" + route + "]}]}";

        assertThat(reasons(Resources.routes(quoted(json)))).isEqualTo(expected);
    }

    static Stream<Arguments> tables() {
        return Stream.of(
                of(
                        "{'virtual_hosts': [{'name': 'a', 'domains': ['x', 'X']}]}",
                        "virtual_hosts[0].domains[1]: \"x\" stands in the virtual host \"a\" already"),
                of(
                        "{'virtual_hosts': [{'name': 'a', 'domains': ['*.x']}, {'name': 'b', 'domains': ['*.x']}]}",
                        "virtual_hosts[1].domains[0]: \"*.x\" stands in the virtual host \"a\" already"),
                of(
                        "{'virtual_hosts': [{'name': 'a', 'domains': ['a.*.x']}]}",
                        "virtual_hosts[0].domains[0]: \"a.*.x\" has a \"*\" that is neither its start nor its end alone"),
                of("{'virtual_hosts': [{'name': 'a'}]}", "virtual_hosts[0].domains: is empty"),
                of(
                        "{'virtual_hosts': [{'name': 'a', 'domains': ['a']}, {'name': 'a', 'domains': ['b']}]}",
                        "virtual_hosts[1].name: \"a\" names two virtual hosts"),
                of("{'vhds': {}}", "vhds: this proxy cannot honour the field"),
                of(
                        "{'virtual_hosts': [{'name': 'a', 'domains': ['a'], 'require_tls': 'EXTERNAL_ONLY'}]}",
                        "virtual_hosts[0].require_tls: this proxy does not tell external requests from internal ones"));
    }

    @ParameterizedTest
    @MethodSource("tables")
    void tablesAreRejectedByTheirFields(String table, List<String> expected) {
        assertThat(reasons(Resources.routes(quoted(table)))).isEqualTo(expected);
    }

    static Stream<Arguments> clusters() {
        return Stream.of(
                of("{'name': 'c', 'type': 'STATIC'}"),
                of(
                        "{'name': 'c', 'type': 'STATIC', 'lb_policy': 'RING_HASH'}",
                        "lb_policy: this proxy has no consistent hashing (RING_HASH); it has ROUND_ROBIN, RANDOM and LEAST_REQUEST"),
                of(
                        "{'name': 'c', 'type': 'STATIC', 'load_balancing_policy': {'policies': [{'typed_extension_config': {'name': 'm', 'typed_config': {'@type': 'TYPE/envoy.extensions.load_balancing_policies.maglev.v3.Maglev'}}}]}}",
                        "load_balancing_policy: has no policy that this proxy knows: round_robin, random or least_request"),
                of(
                        "{'name': 'c', 'type': 'STATIC', 'load_balancing_policy': {'policies': [{'typed_extension_config': {'name': 'm', 'typed_config': {'@type': 'TYPE/envoy.extensions.load_balancing_policies.maglev.v3.Maglev'}}}, {'typed_extension_config': {'name': 'm', 'typed_config': {'@type': 'TYPE/envoy.extensions.load_balancing_policies.round_robin.v3.RoundRobin'}}}]}}"),
                of(
                        "{'name': 'c', 'type': 'STATIC', 'health_checks': [{}], 'lb_subset_config': {'list_as_any': true}}",
                        "health_checks: this proxy cannot honour the field",
                        "lb_subset_config: this proxy cannot honour the field"),
                of(
                        "{'name': 'c', 'type': 'ORIGINAL_DST'}",
                        "lb_policy: CLUSTER_PROVIDED and the type ORIGINAL_DST go together"),
                of(
                        "{'name': 'c', 'type': 'EDS', 'eds_cluster_config': {'eds_config': {'path_config_source': {'path': 'x'}}}}",
                        "eds_cluster_config.eds_config.path_config_source: this proxy cannot honour the field",
                        "eds_cluster_config.eds_config: resources come over the aggregated stream (ads) alone"),
                of(
                        "{'name': 'c', 'type': 'STATIC', 'load_assignment': {'endpoints': [{'lb_endpoints': [{'endpoint': {'address': {'socket_address': {'address': 'not.an.address', 'port_value': 80}}}}]}]}}",
                        "load_assignment.endpoints[0].lb_endpoints[0].endpoint.address.socket_address.address: \"not.an.address\" is no IP address"),
                of(
                        "{'name': 'c', 'type': 'STRICT_DNS', 'load_assignment': {'endpoints': [{'lb_endpoints': [{'endpoint': {'address': {'socket_address': {'address': 'a.test', 'port_value': 80}}}}]}]}}"),
                of("{'name': 'c', 'type': 'LOGICAL_DNS'}", "load_assignment: LOGICAL_DNS needs exactly one endpoint"),
                of("{'name': 'c', 'connect_timeout': '0s'}", "connect_timeout: must be more than nothing"),
                of(
                        "{'name': 'c', 'outlier_detection': {'max_ejection_percent': 101, 'interval': '0s', 'monitors': [{}]}}",
                        "outlier_detection.monitors: this proxy cannot honour the field",
                        "outlier_detection.interval: must be more than nothing",
                        "outlier_detection.max_ejection_percent: 101 is more than 100"),
                of(
                        "{'name': 'c', 'circuit_breakers': {'per_host_thresholds': [{'max_connections': 1}]}}",
                        "circuit_breakers.per_host_thresholds: this proxy cannot honour the field"),
                of(
                        "{'name': 'c', 'transport_socket': {'name': 'quic', 'typed_config': {'@type': 'TYPE/envoy.extensions.filters.http.router.v3.Router'}}}",
                        "transport_socket.typed_config: this proxy has no transport socket with the configuration envoy.extensions.filters.http.router.v3.Router"),
                of(
                        "{'name': 'c', 'transport_socket': {'name': 't', 'typed_config': {'@type': 'TYPE/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext', 'common_tls_context': {'custom_handshaker': {'name': 'x'}, 'validation_context': {'require_signed_certificate_timestamp': true}}}}}",
                        "transport_socket.typed_config.common_tls_context.custom_handshaker: this proxy cannot honour the field",
                        "transport_socket.typed_config.common_tls_context.validation_context.require_signed_certificate_timestamp: this proxy cannot honour the field"),
                of(
                        "{'name': 'c', 'transport_socket_matches': [{'name': 'm', 'match': {'a': 1}, 'transport_socket': {'name': 'envoy.transport_sockets.raw_buffer'}}]}",
                        "transport_socket_matches[0].match: this proxy compares only strings"),
                of(
                        "{'name': 'c', 'typed_extension_protocol_options': {'x': {'@type': 'TYPE/envoy.extensions.upstreams.http.v3.HttpProtocolOptions', 'explicit_http_config': {'http3_protocol_options': {}}}}}",
                        "typed_extension_protocol_options[\"x\"].explicit_http_config.http3_protocol_options: this proxy cannot honour the field"));
    }

    @ParameterizedTest
    @MethodSource("clusters")
    void clustersAreRejectedByTheirFields(String cluster, List<String> expected) {
        assertThat(reasons(Resources.cluster(quoted(cluster)))).isEqualTo(expected);
    }

    static Stream<Arguments> endpointSets() {
        return Stream.of(
                of("{'cluster_name': 'c'}"),
                of("{'endpoints': [{'priority': 1}]}", "endpoints: there is no priority 0, but a higher one"),
                of(
                        "{'endpoints': [{'lb_endpoints': [{'endpoint': {'address': {'pipe': {'path': '/x'}}}}]}]}",
                        "endpoints[0].lb_endpoints[0].endpoint.address: this proxy knows only socket addresses"),
                of(
                        "{'policy': {'endpoint_stale_after': '1s', 'overprovisioning_factor': 50}}",
                        "policy.endpoint_stale_after: this proxy cannot honour the field",
                        "policy.overprovisioning_factor: is less than 100"),
                of(
                        "{'endpoints': [{'lb_endpoints': [{'endpoint_name': 'x'}]}]}",
                        "endpoints[0].lb_endpoints[0].endpoint_name: this proxy cannot honour the field",
                        "endpoints[0].lb_endpoints[0].endpoint.address: this proxy knows only socket addresses"));
    }

    @ParameterizedTest
    @MethodSource("endpointSets")
    void endpointsAreRejectedByTheirFields(String endpoints, List<String> expected) {
        assertThat(reasons(Resources.endpoints(quoted(endpoints)))).isEqualTo(expected);
    }

    static Stream<Arguments> filterChains() {
        String tcp =
                "{'name': 'tcp', 'typed_config': {'@type': 'TYPE/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy', 'stat_prefix': 't', 'cluster': 'c'}}";
        String manager =
                "{'name': 'http', 'typed_config': {'@type': 'TYPE/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager', 'stat_prefix': 'h', 'rds': {'route_config_name': 'r', 'config_source': {'ads': {}}}, %s}}";
        String router =
                "{'name': 'r', 'typed_config': {'@type': 'TYPE/envoy.extensions.filters.http.router.v3.Router'}}";
        return Stream.of(
                of("{'filters': [" + tcp + "]}"),
                of("{'filters': [" + manager.formatted("'http_filters': [" + router + "]") + "]}"),
                of(
                        "{'filters': []}",
                        "filter_chains[0].filters: need an HTTP connection manager or a TCP proxy as the last one"),
                of(
                        "{'filters': [" + tcp + "," + tcp + "]}",
                        "filter_chains[0].filters[1]: stands behind the last filter that this proxy can run"),
                of(
                        "{'filters': [{'name': 'mongo', 'typed_config': {'@type': 'TYPE/envoy.extensions.filters.http.router.v3.Router'}}, "
                                + tcp + "]}",
                        "filter_chains[0].filters[0]: this proxy has no network filter \"mongo\" with the configuration envoy.extensions.filters.http.router.v3.Router"),
                of(
                        "{'filter_chain_match': {'address_suffix': 'x', 'server_names': ['a*']}, 'filters': [" + tcp
                                + "]}",
                        "filter_chains[0].filter_chain_match.address_suffix: this proxy cannot honour the field",
                        "filter_chains[0].filter_chain_match.server_names[0]: \"a*\" may have \"*\" only as its first label"),
                of(
                        "{'filters': [" + manager.formatted("'http_filters': []") + "]}",
                        "filter_chains[0].filters[0].typed_config.http_filters: need the router as the last one"),
                of(
                        "{'filters': [" + manager.formatted("'codec_type': 'HTTP3', 'http_filters': [" + router + "]")
                                + "]}",
                        "filter_chains[0].filters[0].typed_config.codec_type: this proxy speaks HTTP/1 and HTTP/2"),
                of(
                        "{'filters': ["
                                + manager.formatted(
                                        "'scheme_header_transformation': {'match_upstream': true}, 'http_filters': ["
                                                + router + "]")
                                + "]}",
                        "filter_chains[0].filters[0].typed_config.scheme_header_transformation: this proxy cannot honour the field"),
                of(
                        "{'filters': ["
                                + manager.formatted(
                                        "'http_filters': [{'name': 'unknown', 'typed_config': {'@type': 'TYPE/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy'}}, "
                                                + router + "]")
                                + "]}",
                        "filter_chains[0].filters[0].typed_config.http_filters[0]: this proxy has no HTTP filter \"unknown\" with the configuration envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy"),
                of(
                        "{'filters': [{'name': 'rbac', 'typed_config': {'@type': 'TYPE/envoy.extensions.filters.network.rbac.v3.RBAC', 'stat_prefix': 'x', 'rules': {'policies': {'p': {'permissions': [{'url_path': {'path': {'exact': '/'}}}], 'principals': [{'any': true}]}}}}}, "
                                + tcp + "]}",
                        "filter_chains[0].filters[0].typed_config.rules.policies[\"p\"].permissions[0].url_path: is a condition on requests, in a filter that sees none"),
                of(
                        "{'filters': [{'name': 'rbac', 'typed_config': {'@type': 'TYPE/envoy.extensions.filters.network.rbac.v3.RBAC', 'stat_prefix': 'x', 'rules': {'policies': {'p': {'permissions': [{'any': true}], 'principals': [{'metadata': {'filter': 'x'}}]}}}}}, "
                                + tcp + "]}",
                        "filter_chains[0].filters[0].typed_config.rules.policies[\"p\"].principals[0].metadata: this proxy cannot honour the field",
                        "filter_chains[0].filters[0].typed_config.rules.policies[\"p\"].principals[0]: is no principal that this proxy knows"),
                of(
                        "{'transport_socket': {'name': 't', 'typed_config': {'@type': 'TYPE/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext', 'require_client_certificate': true}}, 'filters': ["
                                + tcp + "]}",
                        "filter_chains[0].transport_socket.typed_config.common_tls_context: a server needs a certificate",
                        "filter_chains[0].transport_socket.typed_config.require_client_certificate: there is nothing to verify the client's certificate with"));
    }

    @ParameterizedTest
    @MethodSource("filterChains")
    void listenersAreRejectedByTheirFields(String chain, List<String> expected) {
        String json =
                "{'name': 'l', 'address': {'socket_address': {'address': '0.0.0.0', 'port_value': 80}}, 'filter_chains': ["
                        + chain + "]}";

        assertThat(reasons(Resources.listener(quoted(json)))).isEqualTo(expected);
    }

    @Test
    void twoChainsForTheSameConnectionsAreRejected() {
        String chain =
                "{'filter_chain_match': {'destination_port': 1}, 'filters': [{'name': 'tcp', 'typed_config': {'@type': 'TYPE/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy', 'stat_prefix': 't', 'cluster': 'c'}}]}";

        assertThat(reasons(Resources.listener(
                        quoted("{'address': {'socket_address': {'address': '::', 'port_value': 80}}, 'filter_chains': ["
                                + chain + "," + chain + "]}"))))
                .containsExactly("filter_chains[1].filter_chain_match: is the same as that of filter_chains[0]");
    }

    @Test
    void secretsOfOtherKindsAreRejected() {
        assertThat(reasons(Resources.secret("{\"name\": \"s\", \"generic_secret\": {}}")))
                .containsExactly(
                        "generic_secret: this proxy cannot honour the field",
                        "is no kind of secret that this proxy knows");
    }

    /** A control plane that is newer than this proxy. */
    @Test
    void fieldsThatThisProxyWasNotBuiltWithAreRejected() {
        RouteConfiguration newer = RouteConfiguration.newBuilder()
                .setName("r")
                .setUnknownFields(UnknownFieldSet.newBuilder()
                        .addField(
                                9999,
                                UnknownFieldSet.Field.newBuilder().addVarint(1).build())
                        .build())
                .build();

        assertThat(reasons(new SnapshotCompiler().compileRoutes(newer)))
                .containsExactly("#9999: this proxy does not know the field with this number");
    }

    @Test
    void aRejectionReadsAsOneLine() {
        Compiled<?> compiled = Resources.cluster("{\"name\": \"c\", \"health_checks\": [{}], \"filters\": [{}]}");

        assertThat(((Compiled.Rejected<?>) compiled).rejection().text())
                .isEqualTo(
                        "c: health_checks: this proxy cannot honour the field; filters: this proxy cannot honour the field");
    }

    private static String quoted(String json) {
        return json.replace('\'', '"');
    }
}
