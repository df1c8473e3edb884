package dev.riser.proxy.snapshot;

import static dev.riser.proxy.snapshot.Resources.accepted;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.riser.proxy.balance.BalanceSettings;
import dev.riser.proxy.balance.CircuitBreakerLimits;
import dev.riser.proxy.balance.Endpoint;
import dev.riser.proxy.balance.EndpointAddress;
import dev.riser.proxy.balance.EndpointSet;
import dev.riser.proxy.balance.OutlierSettings;
import dev.riser.proxy.guard.AccessDecision;
import dev.riser.proxy.guard.RbacFilter;
import dev.riser.proxy.route.ForwardAction;
import dev.riser.proxy.route.Fraction;
import dev.riser.proxy.route.Origin;
import dev.riser.proxy.route.PathRules;
import dev.riser.proxy.route.Requests;
import dev.riser.proxy.route.RetryCondition;
import dev.riser.proxy.route.RouteMatch;
import dev.riser.proxy.route.RouteMatcher;
import dev.riser.proxy.route.RouteTable;
import dev.riser.proxy.snapshot.TlsSettings.NameKind;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SnapshotCompilerTest {
    private static final String ROUTES = """
            {
              "name": "product.prod.svc.cluster.local:8000",
              "virtual_hosts": [{
                "name": "product",
                "domains": ["product", "product.prod", "product.prod.svc.cluster.local:8000"],
                "include_request_attempt_count": true,
                "routes": [
                  {
                    "name": "canary",
                    "match": {
                      "prefix": "/",
                      "case_sensitive": false,
                      "headers": [{"name": "x-user", "string_match": {"exact": "jason"}}]
                    },
                    "route": {
                      "weighted_clusters": {"clusters": [
                        {"name": "outbound|8000|v1|product.prod.svc.cluster.local", "weight": 90},
                        {"name": "outbound|8000|v2|product.prod.svc.cluster.local", "weight": 10,
                         "request_headers_to_add": [{"header": {"key": "x-canary", "value": "%REQ(x-user)%"}}]}
                      ]},
                      "timeout": "3s",
                      "regex_rewrite": {"pattern": {"regex": "/v([0-9])/(.*)"}, "substitution": "/\\\\2/\\\\10$"},
                      "retry_policy": {
                        "retry_on": "connect-failure,refused-stream,unavailable,retriable-status-codes",
                        "num_retries": 2,
                        "per_try_timeout": "0.500s",
                        "retriable_status_codes": [503],
                        "retry_host_predicate": [{
                          "name": "envoy.retry_host_predicates.previous_hosts",
                          "typed_config": {"@type": "TYPE/envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate"}
                        }],
                        "host_selection_retry_max_attempts": "5"
                      },
                      "request_mirror_policies": [{
                        "cluster": "shadow",
                        "runtime_fraction": {"default_value": {"numerator": 5000, "denominator": "TEN_THOUSAND"}}
                      }],
                      "max_grpc_timeout": "0s"
                    },
                    "typed_per_filter_config": {"envoy.filters.http.fault": {
                      "@type": "TYPE/envoy.extensions.filters.http.fault.v3.HTTPFault",
                      "delay": {"fixed_delay": "7s", "percentage": {"numerator": 100}},
                      "abort": {"http_status": 555, "percentage": {"numerator": 1, "denominator": "MILLION"}}
                    }},
                    "metadata": {"filter_metadata": {"riser": {"origin": {
                      "kind": "VirtualService", "namespace": "prod", "name": "product", "rule": "http[0]",
                      "location": "product.yaml:7"
                    }}}}
                  },
                  {"match": {"path": "/old"}, "redirect": {"path_redirect": "/new", "response_code": "FOUND"}},
                  {"match": {"safe_regex": {"regex": "/direct.*"}}, "direct_response": {"status": 200, "body": {"inline_string": "hé"}}},
                  {"match": {"path_separated_prefix": "/deep"}, "route": {"cluster": "deep", "timeout": "0s"}},
                  {"match": {"prefix": ""}, "route": {"cluster": "rest"}}
                ]
              }]
            }
            """;

    @Test
    void routesCompileAndMatch() {
        RouteTable table = accepted(Resources.routes(ROUTES));

        RouteMatch.Forward canary = (RouteMatch.Forward) RouteMatcher.match(
                table, Requests.get("http://product.prod/V1/x").with("x-user", "jason"), 95);

        assertThat(canary.cluster()).isEqualTo("outbound|8000|v2|product.prod.svc.cluster.local");
        assertThat(canary.route().origin())
                .isEqualTo(new Origin("VirtualService", "prod", "product", "http[0]", "product.yaml:7"));
        assertThat(canary.virtualHost().includeAttemptCount()).isTrue();
        assertThat(canary.action().timeout()).isEqualTo(Duration.ofSeconds(3));
        assertThat(canary.action().grpcTimeoutMax()).isEqualTo(Duration.ZERO);
        assertThat(canary.action().pathRewrite().apply(canary.route().path(), "/v1/x?q"))
                .hasToString("/x/10$?q");
        assertThat(canary.action().retry().conditions())
                .containsExactlyInAnyOrder(
                        RetryCondition.CONNECT_FAILURE,
                        RetryCondition.REFUSED_STREAM,
                        RetryCondition.GRPC_UNAVAILABLE,
                        RetryCondition.RETRIABLE_STATUS_CODES);
        assertThat(canary.action().retry().retries()).isEqualTo(2);
        assertThat(canary.action().retry().perTryTimeout()).isEqualTo(Duration.ofMillis(500));
        assertThat(canary.action().retry().backoffBase()).isEqualTo(Duration.ofMillis(25));
        assertThat(canary.action().retry().backoffMax()).isEqualTo(Duration.ofMillis(250));
        assertThat(canary.action().retry().avoidPreviousHosts()).isTrue();
        assertThat(canary.action().retry().hostSelectionAttempts()).isEqualTo(5);
        assertThat(canary.action().mirrors())
                .containsExactly(new ForwardAction.Mirror("shadow", null, new Fraction(5000, 10_000), true));
        assertThat(requireNonNull(canary.overrides().fault()).delay()).isEqualTo(Duration.ofSeconds(7));
        assertThat(requireNonNull(canary.overrides().fault()).abortStatus()).isEqualTo(555);
        assertThat(requireNonNull(canary.overrides().fault()).aborted()).isEqualTo(new Fraction(1, 1_000_000));

        assertThat(RouteMatcher.match(table, Requests.get("http://product/old"), 0))
                .isInstanceOfSatisfying(RouteMatch.Redirect.class, redirect -> {
                    assertThat(redirect.status()).isEqualTo(302);
                    assertThat(redirect.location()).isEqualTo("http://product/new");
                });
        assertThat(RouteMatcher.match(table, Requests.get("http://product/direct"), 0))
                .isInstanceOfSatisfying(
                        RouteMatch.Direct.class,
                        direct -> assertThat(direct.body()).isEqualTo("hé".getBytes(StandardCharsets.UTF_8)));
        assertThat(RouteMatcher.match(table, Requests.get("http://product/deep/x"), 0))
                .isInstanceOfSatisfying(
                        RouteMatch.Forward.class,
                        forward -> assertThat(forward.action().timeout()).isEqualTo(Duration.ZERO));
        assertThat(RouteMatcher.match(table, Requests.get("http://product.prod.svc.cluster.local:8000/"), 0))
                .isInstanceOfSatisfying(
                        RouteMatch.Forward.class,
                        forward -> assertThat(forward.action().timeout()).isEqualTo(Duration.ofSeconds(15)));
        assertThat(table.clusterNames())
                .containsExactly(
                        "outbound|8000|v1|product.prod.svc.cluster.local",
                        "outbound|8000|v2|product.prod.svc.cluster.local",
                        "shadow",
                        "deep",
                        "rest");
    }

    private static final String CLUSTER = """
            {
              "name": "outbound|8000||product.prod.svc.cluster.local",
              "type": "EDS",
              "eds_cluster_config": {"eds_config": {"ads": {}, "resource_api_version": "V3"}},
              "connect_timeout": "10s",
              "lb_policy": "LEAST_REQUEST",
              "circuit_breakers": {"thresholds": [{
                "max_connections": 100, "max_requests": 200, "max_retries": 4294967295,
                "retry_budget": {"budget_percent": {"value": 25}}
              }]},
              "outlier_detection": {
                "consecutive_5xx": 7, "enforcing_success_rate": 0, "interval": "1s", "base_ejection_time": "180s",
                "max_ejection_percent": 100
              },
              "common_lb_config": {"healthy_panic_threshold": {"value": 0}, "locality_weighted_lb_config": {}},
              "typed_extension_protocol_options": {"envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
                "@type": "TYPE/envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
                "common_http_protocol_options": {"idle_timeout": "90s", "max_requests_per_connection": 10},
                "explicit_http_config": {"http2_protocol_options": {"max_concurrent_streams": 100}}
              }},
              "transport_socket_matches": [
                {
                  "name": "mutual",
                  "match": {"tls": "mutual"},
                  "transport_socket": {"name": "envoy.transport_sockets.tls", "typed_config": {
                    "@type": "TYPE/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext",
                    "sni": "outbound_.8000_._.product.prod.svc.cluster.local",
                    "common_tls_context": {
                      "tls_params": {"tls_minimum_protocol_version": "TLSv1_3"},
                      "alpn_protocols": ["h2"],
                      "tls_certificate_sds_secret_configs": [{"name": "default", "sds_config": {"ads": {}}}],
                      "combined_validation_context": {
                        "default_validation_context": {"match_typed_subject_alt_names": [
                          {"san_type": "URI", "matcher": {"exact": "spiffe://cluster.local/ns/prod/sa/product"}}
                        ]},
                        "validation_context_sds_secret_config": {"name": "ROOTCA", "sds_config": {"ads": {}}}
                      }
                    }
                  }}
                },
                {"name": "plaintext", "match": {}, "transport_socket": {"name": "envoy.transport_sockets.raw_buffer"}}
              ],
              "metadata": {"filter_metadata": {"istio": {"services": [
                {"host": "product.prod.svc.cluster.local", "name": "product", "namespace": "prod"}
              ]}}}
            }
            """;

    @Test
    void clustersCompile() {
        CompiledCluster cluster = accepted(Resources.cluster(CLUSTER));

        assertThat(cluster.discovery())
                .isEqualTo(new CompiledCluster.ByName("outbound|8000||product.prod.svc.cluster.local"));
        assertThat(cluster.connectTimeout()).isEqualTo(Duration.ofSeconds(10));
        assertThat(cluster.balance().policy()).isEqualTo(new BalanceSettings.LeastRequest(2));
        assertThat(cluster.balance().panicPercent()).isZero();
        assertThat(cluster.balance().localityWeighted()).isTrue();
        assertThat(cluster.balance().limits())
                .isEqualTo(new CircuitBreakerLimits(
                        100, 1024, 200, Integer.MAX_VALUE, new CircuitBreakerLimits.RetryBudget(25, 3)));
        assertThat(cluster.balance().highPriorityLimits()).isEqualTo(CircuitBreakerLimits.DEFAULT);
        OutlierSettings outlier = requireNonNull(cluster.balance().outlier());
        assertThat(outlier.consecutiveServerErrors()).isEqualTo(7);
        assertThat(outlier.interval()).isEqualTo(Duration.ofSeconds(1));
        assertThat(outlier.maxEjectionPercent()).isEqualTo(100);
        assertThat(outlier.successRate().enforce()).isZero();
        assertThat(outlier.enforceServerErrors()).isEqualTo(100);
        assertThat(cluster.http().version()).isEqualTo(CompiledCluster.HttpVersion.HTTP2);
        assertThat(cluster.http().http2().maxConcurrentStreams()).isEqualTo(100);
        assertThat(cluster.idleTimeout()).isEqualTo(Duration.ofSeconds(90));
        assertThat(cluster.maxRequestsPerConnection()).isEqualTo(10);
        assertThat(cluster.services())
                .containsExactly(new CompiledCluster.ServiceName("product.prod.svc.cluster.local", "product", "prod"));
        assertThat(cluster.secretNames()).containsExactly("default", "ROOTCA");
    }

    @Test
    void theTransportFollowsTheEndpoint() {
        CompiledCluster cluster = accepted(Resources.cluster(CLUSTER));
        Endpoint meshed = accepted(Resources.endpoints(ENDPOINTS))
                .groups()
                .get(0)
                .endpoints()
                .get(0);
        Endpoint foreign = Endpoint.of(new EndpointAddress("10.0.0.9", 80));

        UpstreamTls tls = (UpstreamTls) cluster.transportFor(meshed);

        assertThat(tls.serverName()).isEqualTo("outbound_.8000_._.product.prod.svc.cluster.local");
        assertThat(tls.common().minimum()).isEqualTo(TlsSettings.Version.TLS_1_3);
        assertThat(tls.common().alpn()).containsExactly("h2");
        TlsSettings.Validation validation = requireNonNull(tls.common().validation());
        assertThat(validation.secretName()).isEqualTo("ROOTCA");
        assertThat(validation.inline().accepts(NameKind.URI, "spiffe://cluster.local/ns/prod/sa/product"))
                .isTrue();
        assertThat(validation.inline().accepts(NameKind.DNS, "spiffe://cluster.local/ns/prod/sa/product"))
                .isFalse();
        assertThat(validation.inline().accepts(NameKind.URI, "spiffe://cluster.local/ns/prod/sa/other"))
                .isFalse();
        assertThat(cluster.transportFor(foreign)).isEqualTo(UpstreamTransport.Plaintext.INSTANCE);
    }

    private static final String ENDPOINTS = """
            {
              "cluster_name": "outbound|8000||product.prod.svc.cluster.local",
              "endpoints": [
                {
                  "locality": {"region": "r", "zone": "z"},
                  "load_balancing_weight": 3,
                  "lb_endpoints": [
                    {
                      "endpoint": {"address": {"socket_address": {"address": "10.88.0.5", "port_value": 8000}}},
                      "load_balancing_weight": 2,
                      "metadata": {"filter_metadata": {
                        "istio": {"workload": "product;prod;product;v1;product-1"},
                        "riser": {"tls": "mutual"}
                      }}
                    },
                    {"endpoint": {"address": {"socket_address": {"address": "10.88.0.5", "port_value": 8000}}}}
                  ]
                },
                {
                  "priority": 1,
                  "lb_endpoints": [{
                    "health_status": "DRAINING",
                    "endpoint": {"hostname": "h", "address": {"socket_address": {"address": "FD88:0::5", "port_value": 8000}}}
                  }]
                }
              ]
            }
            """;

    @Test
    void endpointsCompileAndDoublesAreOne() {
        EndpointSet endpoints = accepted(Resources.endpoints(ENDPOINTS));

        assertThat(endpoints)
                .isEqualTo(new EndpointSet(
                        "outbound|8000||product.prod.svc.cluster.local",
                        List.of(
                                new EndpointSet.Group(
                                        new EndpointSet.Locality("r", "z", ""),
                                        0,
                                        3,
                                        List.of(new Endpoint(
                                                new EndpointAddress("10.88.0.5", 8000),
                                                "",
                                                Endpoint.Health.HEALTHY,
                                                2,
                                                "product;prod;product;v1;product-1",
                                                "mutual",
                                                Map.of("tls", "mutual")))),
                                new EndpointSet.Group(
                                        EndpointSet.Locality.NOWHERE,
                                        1,
                                        0,
                                        List.of(new Endpoint(
                                                new EndpointAddress("fd88::5", 8000),
                                                "h",
                                                Endpoint.Health.UNHEALTHY,
                                                1,
                                                "",
                                                "",
                                                Map.of())))),
                        140,
                        List.of()));
    }

    private static final String LISTENER = """
            {
              "name": "virtualInbound",
              "address": {"socket_address": {"address": "0.0.0.0", "port_value": 15006}},
              "traffic_direction": "INBOUND",
              "listener_filters": [
                {"name": "original", "typed_config": {"@type": "TYPE/envoy.extensions.filters.listener.original_dst.v3.OriginalDst"}},
                {"name": "tls", "typed_config": {"@type": "TYPE/envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector"}}
              ],
              "listener_filters_timeout": "0.100s",
              "continue_on_listener_filters_timeout": true,
              "filter_chains": [
                {
                  "name": "8000-tls",
                  "filter_chain_match": {"destination_port": 8000, "transport_protocol": "tls", "application_protocols": ["h2", "http/1.1"]},
                  "transport_socket": {"name": "envoy.transport_sockets.tls", "typed_config": {
                    "@type": "TYPE/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext",
                    "require_client_certificate": true,
                    "common_tls_context": {
                      "tls_certificate_sds_secret_configs": [{"name": "default", "sds_config": {"ads": {}}}],
                      "validation_context_sds_secret_config": {"name": "ROOTCA", "sds_config": {"ads": {}}}
                    }
                  }},
                  "filters": [
                    {"name": "rbac", "typed_config": {
                      "@type": "TYPE/envoy.extensions.filters.network.rbac.v3.RBAC",
                      "stat_prefix": "tcp.",
                      "rules": {"action": "DENY", "policies": {"ns[prod]-policy[no-shop]-rule[0]": {
                        "permissions": [{"destination_port": 8000}],
                        "principals": [{"authenticated": {"principal_name": {"safe_regex": {"regex": ".*/ns/shop/.*"}}}}]
                      }}}
                    }},
                    {"name": "http", "typed_config": {
                      "@type": "TYPE/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
                      "stat_prefix": "inbound_8000",
                      "server_name": "riser",
                      "route_config": {"name": "inbound|8000||", "virtual_hosts": [{"name": "all", "domains": ["*"], "routes": [
                        {"match": {"prefix": "/"}, "route": {"cluster": "inbound|8000||", "timeout": "0s"}}
                      ]}]},
                      "normalize_path": true,
                      "path_with_escaped_slashes_action": "UNESCAPE_AND_FORWARD",
                      "upgrade_configs": [{"upgrade_type": "WebSocket"}],
                      "http_protocol_options": {"accept_http_10": true},
                      "http_filters": [
                        {"name": "rbac", "typed_config": {
                          "@type": "TYPE/envoy.extensions.filters.http.rbac.v3.RBAC",
                          "rules": {"action": "ALLOW", "policies": {"ns[prod]-policy[readers]-rule[0]": {
                            "permissions": [{"and_rules": {"rules": [
                              {"header": {"name": ":method", "string_match": {"exact": "GET"}}},
                              {"url_path": {"path": {"prefix": "/public"}}}
                            ]}}],
                            "principals": [{"any": true}]
                          }}}
                        }},
                        {"name": "cors", "typed_config": {"@type": "TYPE/envoy.extensions.filters.http.cors.v3.Cors"}},
                        {"name": "router", "typed_config": {"@type": "TYPE/envoy.extensions.filters.http.router.v3.Router"}}
                      ],
                      "access_log": [{"name": "log", "typed_config": {
                        "@type": "TYPE/envoy.extensions.access_loggers.file.v3.FileAccessLog",
                        "path": "/dev/stdout",
                        "log_format": {"json_format": {"method": "%REQ(:METHOD)%", "nested": {"code": "%RESPONSE_CODE%"}}}
                      }}]
                    }}
                  ]
                }
              ],
              "default_filter_chain": {
                "filters": [{"name": "tcp", "typed_config": {
                  "@type": "TYPE/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy",
                  "stat_prefix": "tcp", "cluster": "inbound|9000||"
                }}]
              }
            }
            """;

    @Test
    void listenersCompile() {
        CompiledListener listener = accepted(Resources.listener(LISTENER));

        assertThat(listener.address()).isEqualTo(new ListenerAddress("0.0.0.0", 15006));
        assertThat(listener.direction()).isEqualTo(CompiledListener.Direction.INBOUND);
        assertThat(listener.bindToPort()).isTrue();
        assertThat(listener.restoresOriginalDestination()).isTrue();
        assertThat(listener.useOriginalDst()).isFalse();
        assertThat(listener.needsTlsInspector()).isTrue();
        assertThat(listener.needsHttpInspector()).isFalse();
        assertThat(listener.inspectorTimeout()).isEqualTo(Duration.ofMillis(100));
        assertThat(listener.continueOnInspectorTimeout()).isTrue();
        assertThat(listener.secretNames()).containsExactly("default", "ROOTCA");
        assertThat(listener.clusterNames()).containsExactly("inbound|8000||", "inbound|9000||");
        assertThat(listener.routeNames()).isEmpty();

        FilterChain chain = listener.filterChains().get(0);
        DownstreamTls tls = requireNonNull(chain.tls());
        assertThat(tls.requireClientCertificate()).isTrue();
        assertThat(chain.networkRbac()).hasSize(1);
        HttpConnection http = (HttpConnection) chain.terminal();
        assertThat(http.serverName()).isEqualTo("riser");
        assertThat(http.paths()).isEqualTo(new PathRules(true, false, PathRules.EscapedSlashes.UNESCAPE_AND_FORWARD));
        assertThat(http.upgrades()).containsOnly(Map.entry("websocket", true));
        assertThat(http.http1().acceptHttp10()).isTrue();
        assertThat(http.corsFilter()).isTrue();
        assertThat(http.fault()).isNull();
        assertThat(http.streamIdleTimeout()).isEqualTo(Duration.ofMinutes(5));
        assertThat(http.idleTimeout()).isEqualTo(Duration.ofHours(1));
        assertThat(http.maxRequestHeadersKilobytes()).isEqualTo(60);
        assertThat(http.requestId().generate()).isTrue();
        assertThat(http.accessLogs())
                .containsExactly(new AccessLog(
                        AccessLog.Stream.STANDARD_OUTPUT,
                        new AccessLog.Json(
                                Map.of("method", "%REQ(:METHOD)%", "nested", Map.of("code", "%RESPONSE_CODE%")), false),
                        new AccessLog.Everything()));
        assertThat(requireNonNull(listener.defaultFilterChain()).terminal())
                .isEqualTo(new TcpProxy(
                        "tcp",
                        List.of(new TcpProxy.WeightedCluster("inbound|9000||", 1)),
                        Duration.ofHours(1),
                        Duration.ZERO,
                        1,
                        List.of()));
    }

    @Test
    void compiledRulesGuard() {
        CompiledListener listener = accepted(Resources.listener(LISTENER));
        HttpConnection http = (HttpConnection) listener.filterChains().get(0).terminal();
        RbacFilter filter = http.rbac().get(0);

        assertThat(requireNonNull(filter.rules()).policyNames()).containsExactly("ns[prod]-policy[readers]-rule[0]");
        assertThat(new GuardProbe(http.rbac()).decide(Requests.get("http://a/public/x?y")))
                .isEqualTo(new AccessDecision.Allowed("ns[prod]-policy[readers]-rule[0]"));
        assertThat(new GuardProbe(http.rbac()).decide(Requests.get("http://a/private?/public")))
                .isEqualTo(AccessDecision.Denied.BY_DEFAULT);
        assertThat(new GuardProbe(http.rbac())
                        .decide(Requests.get("http://a/public/x").by("POST")))
                .isEqualTo(AccessDecision.Denied.BY_DEFAULT);
    }

    @Test
    void aChainThatAsksForServerNamesGetsThem() {
        CompiledListener listener = accepted(Resources.listener("""
                {"name": "l", "address": {"socket_address": {"address": "::", "port_value": 443}},
                 "filter_chains": [{
                   "filter_chain_match": {"server_names": ["A.test"]},
                   "filters": [{"name": "tcp", "typed_config": {
                     "@type": "TYPE/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy", "stat_prefix": "t", "cluster": "c"}}]
                 }]}
                """));

        assertThat(listener.needsTlsInspector()).isTrue();
        assertThat(listener.filterChains().get(0).match().serverNames()).containsExactly("a.test");
    }

    @Test
    void secretsCompile() {
        CompiledSecret certificate = accepted(Resources.secret("""
                {"name": "edge", "tls_certificate": {
                  "certificate_chain": {"inline_string": "chain"}, "private_key": {"filename": "/keys/edge.pem"}}}
                """));
        CompiledSecret trust = accepted(Resources.secret("""
                {"name": "trust", "validation_context": {"trusted_ca": {"inline_bytes": "cm9vdA=="}}}
                """));

        assertThat(certificate)
                .isEqualTo(new CompiledSecret.CertificateSecret(
                        "edge",
                        new TlsSettings.KeyMaterial(
                                new TlsSettings.Bytes("chain".getBytes(StandardCharsets.UTF_8)),
                                new TlsSettings.FilePath("/keys/edge.pem"))));
        assertThat(trust)
                .isInstanceOfSatisfying(
                        CompiledSecret.ValidationSecret.class,
                        secret -> assertThat(secret.rules().trustedCa())
                                .isEqualTo(new TlsSettings.Bytes("root".getBytes(StandardCharsets.UTF_8))));
        assertThat(certificate.toString()).doesNotContain("chain\"").contains("Bytes[5]");
    }

    @Test
    void anOriginalDestinationClusterCompiles() {
        CompiledCluster cluster = accepted(Resources.cluster("""
                {"name": "inbound|8000||", "type": "ORIGINAL_DST", "lb_policy": "CLUSTER_PROVIDED"}
                """));

        assertThat(cluster.discovery()).isEqualTo(new CompiledCluster.OriginalDestination(0));
        assertThat(cluster.http().version()).isEqualTo(CompiledCluster.HttpVersion.HTTP1);
        assertThat(cluster.connectTimeout()).isEqualTo(Duration.ofSeconds(5));
    }

    @Test
    void aDnsWildcardOfACertificateMatchesOneLabel() {
        TlsSettings.NameMatch match = new TlsSettings.NameMatch(
                NameKind.DNS, new dev.riser.proxy.route.StringMatch.Exact("api.shop.test", false));

        assertThat(match.matches(NameKind.DNS, "*.shop.test")).isTrue();
        assertThat(match.matches(NameKind.DNS, "*.test")).isFalse();
        assertThat(match.matches(NameKind.DNS, "*.api.shop.test")).isFalse();
        assertThat(match.matches(NameKind.URI, "*.shop.test")).isFalse();
    }
}
