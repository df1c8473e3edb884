package dev.riser.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.riser.base.Problem;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OtherKindsReaderTest {
    private static String object(String apiVersion, String kind, String spec) {
        return "apiVersion: " + apiVersion + "\nkind: " + kind + "\nmetadata: {name: it, namespace: prod}\nspec:\n"
                + spec.replace("\\n", "\n").indent(2);
    }

    private static String networking(String kind, String spec) {
        return object("networking.istio.io/v1", kind, spec);
    }

    private static String security(String kind, String spec) {
        return object("security.istio.io/v1", kind, spec);
    }

    private static void refuses(String text, String field, String message) {
        ReadResult result = Texts.read(text);
        assertThat(result.objects()).isEmpty();
        assertThat(result.problems()).singleElement().satisfies(problem -> {
            assertThat(problem.field()).isEqualTo(field);
            assertThat(problem.message()).startsWith(message);
        });
    }

    @Test
    void a_service_is_read() {
        Service service = Texts.only(Service.class, object("v1", "Service", """
                        type: NodePort
                        clusterIP: 10.90.0.7
                        clusterIPs: [10.90.0.7, "fd00:90::7"]
                        selector: {app: product}
                        sessionAffinity: None
                        ipFamilyPolicy: PreferDualStack
                        ports:
                        - {name: http-web, port: 8000, targetPort: web, nodePort: 30000}
                        - {name: metrics, port: 9090, targetPort: 9091, appProtocol: grpc}
                        - {name: dns, port: 53, protocol: UDP}
                        """));
        assertThat(service.host()).isEqualTo("it.prod.svc.cluster.local");
        assertThat(service.type()).isEqualTo(Service.Type.NODE_PORT);
        assertThat(service.clusterIps()).containsExactly("10.90.0.7", "fd00:90:0:0:0:0:0:7");
        assertThat(service.headless()).isFalse();
        assertThat(service.selector()).isEqualTo(Map.of("app", "product"));
        assertThat(service.ports())
                .extracting(Service.Port::protocol)
                .containsExactly(PortProtocol.HTTP, PortProtocol.GRPC, PortProtocol.UDP);
        assertThat(service.ports())
                .extracting(Service.Port::target)
                .containsExactly(
                        new Service.Target.Named("web"),
                        new Service.Target.Number(9091),
                        new Service.Target.Number(53));
        assertThat(service.ports().getFirst().line()).isEqualTo(12);
    }

    @Test
    void headless_and_external_services_are_read() {
        assertThat(Texts.only(Service.class, object("v1", "Service", "clusterIP: None\nports: [{port: 80}]"))
                        .headless())
                .isTrue();
        assertThat(Texts.only(
                                Service.class,
                                object("v1", "Service", "type: ExternalName\nexternalName: db.example.com"))
                        .externalName())
                .contains("db.example.com");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "ports: [{port: 80}, {name: a, port: 81}]|spec.ports[0].name|a Service with several ports must name each",
                "ports: [{name: a, port: 80}, {name: b, port: 80}]|spec.ports[1].port|the port stands twice",
                "ports: [{name: a, port: 80}, {name: a, port: 81}]|spec.ports[1].name|the name stands twice",
                "ports: [{port: 0}]|spec.ports[0].port|the value is out of range",
                "ports: [{port: 80, protocol: tcp}]|spec.ports[0].protocol|the value is not known",
                "ports: [{port: 80, targetPort: Not_A_Port}]|spec.ports[0].targetPort|the value is neither a port",
                "type: ExternalName|spec.externalName|a required field is missing",
                "type: Internal\\nports: [{port: 80}]|spec.type|the value is not known",
                "clusterIP: 10.0.0\\nports: [{port: 80}]|spec.clusterIP|the value is not an address",
                "selector: {}|spec.ports|a required field is missing",
                "selektor: {a: b}\\nports: [{port: 80}]|spec.selektor|the field is unknown",
            })
    void a_wrong_service_is_refused(String spec, String field, String message) {
        refuses(object("v1", "Service", spec), field, message);
    }

    @Test
    void session_affinity_is_noted_and_the_service_is_in_force() {
        ReadResult result = Texts.read(object("v1", "Service", "sessionAffinity: ClientIP\nports: [{port: 80}]"));
        assertThat(result.objects()).hasSize(1);
        assertThat(result.problems()).extracting(Problem::field).containsExactly("spec.sessionAffinity");
    }

    @Test
    void a_destination_rule_is_read() {
        DestinationRule rule = Texts.only(DestinationRule.class, networking("DestinationRule", """
                        host: product
                        exportTo: [.]
                        workloadSelector: {matchLabels: {app: frontend}}
                        trafficPolicy:
                          loadBalancer: {simple: LEAST_CONN, localityLbSetting: {failover: [{from: eu, to: us}]}}
                          connectionPool:
                            tcp: {maxConnections: 100, connectTimeout: 30ms, idleTimeout: 1h, tcpKeepalive: {probes: 3, time: 7200s, interval: 75s}}
                            http: {http1MaxPendingRequests: 5, http2MaxRequests: 6, maxRequestsPerConnection: 7, maxRetries: 8, idleTimeout: 2m}
                          outlierDetection: {consecutive5xxErrors: 7, consecutiveGatewayErrors: 3, interval: 5s, baseEjectionTime: 15m, maxEjectionPercent: 50, minHealthPercent: 20, splitExternalLocalOriginErrors: true, consecutiveLocalOriginFailures: 4}
                          tls: {mode: MUTUAL, clientCertificate: /c.pem, privateKey: /k.pem, caCertificates: /ca.pem, subjectAltNames: [a], sni: b}
                          retryBudget: {percent: 25.5, minRetryConcurrency: 4}
                          portLevelSettings:
                          - port: {number: 8000}
                            tls: {mode: SIMPLE}
                        subsets:
                        - name: v1
                          labels: {version: v1}
                        - name: v2
                          labels: {version: v2}
                          trafficPolicy: {loadBalancer: {simple: RANDOM}}
                        """));
        TrafficPolicy policy = rule.policyFor("", 9000);
        assertThat(policy.loadBalancer())
                .contains(new TrafficPolicy.LoadBalancer(
                        Optional.of(TrafficPolicy.Algorithm.LEAST_REQUEST),
                        Optional.of(
                                new TrafficPolicy.Locality(true, List.of(new TrafficPolicy.Failover("eu", "us"))))));
        assertThat(policy.connectionPool())
                .contains(new TrafficPolicy.ConnectionPool(
                        OptionalInt.of(100),
                        Optional.of(Duration.ofMillis(30)),
                        Optional.of(Duration.ofHours(1)),
                        Optional.of(new TrafficPolicy.KeepAlive(
                                OptionalInt.of(3),
                                Optional.of(Duration.ofHours(2)),
                                Optional.of(Duration.ofSeconds(75)))),
                        OptionalInt.of(5),
                        OptionalInt.of(6),
                        OptionalInt.of(7),
                        OptionalInt.of(8),
                        Optional.of(Duration.ofMinutes(2))));
        assertThat(policy.outlierDetection())
                .contains(new TrafficPolicy.OutlierDetection(
                        OptionalInt.of(7),
                        OptionalInt.of(3),
                        true,
                        OptionalInt.of(4),
                        Optional.of(Duration.ofSeconds(5)),
                        Optional.of(Duration.ofMinutes(15)),
                        OptionalInt.of(50),
                        OptionalInt.of(20)));
        assertThat(policy.tls().orElseThrow().mode()).isEqualTo(TrafficPolicy.TlsMode.MUTUAL);
        assertThat(policy.retryBudget())
                .contains(new TrafficPolicy.RetryBudget(OptionalDouble.of(25.5), OptionalInt.of(4)));
        assertThat(rule.workloadSelector()).isEqualTo(Map.of("app", "frontend"));
        assertThat(rule.visibleIn("shop")).isFalse();
    }

    @Test
    void a_narrower_policy_replaces_parts_and_a_port_replaces_all_of_them() {
        DestinationRule rule = Texts.only(DestinationRule.class, networking("DestinationRule", """
                        host: product
                        trafficPolicy:
                          loadBalancer: {simple: ROUND_ROBIN}
                          connectionPool: {tcp: {maxConnections: 1}}
                          retryBudget: {percent: 10}
                          portLevelSettings:
                          - port: {number: 8000}
                            tls: {mode: SIMPLE}
                        subsets:
                        - name: v2
                          trafficPolicy:
                            loadBalancer: {simple: RANDOM}
                            portLevelSettings:
                            - port: {number: 9000}
                              connectionPool: {tcp: {maxConnections: 2}}
                        """));
        TrafficPolicy ofHostPort = rule.policyFor("", 8000);
        assertThat(ofHostPort.tls().orElseThrow().mode()).isEqualTo(TrafficPolicy.TlsMode.SIMPLE);
        assertThat(ofHostPort.loadBalancer()).isEmpty();
        assertThat(ofHostPort.connectionPool()).isEmpty();
        assertThat(ofHostPort.retryBudget()).isPresent();

        TrafficPolicy ofSubset = rule.policyFor("v2", 7000);
        assertThat(ofSubset.loadBalancer().orElseThrow().algorithm()).contains(TrafficPolicy.Algorithm.RANDOM);
        assertThat(ofSubset.connectionPool().orElseThrow().maxConnections()).hasValue(1);

        TrafficPolicy ofSubsetOnHostPort = rule.policyFor("v2", 8000);
        assertThat(ofSubsetOnHostPort.tls()).isPresent();
        assertThat(ofSubsetOnHostPort.loadBalancer().orElseThrow().algorithm())
                .contains(TrafficPolicy.Algorithm.RANDOM);

        TrafficPolicy ofSubsetPort = rule.policyFor("v2", 9000);
        assertThat(ofSubsetPort.loadBalancer()).isEmpty();
        assertThat(ofSubsetPort.connectionPool().orElseThrow().maxConnections()).hasValue(2);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "loadBalancer: {simple: PASSTHROUGH}|loadBalancer.simple|the field is known, but not supported",
                "loadBalancer: {simple: FASTEST}|loadBalancer.simple|the value is not known",
                "loadBalancer: {warmup: {duration: 1m}}|loadBalancer.warmup|the field is known, but not supported",
                "loadBalancer: {localityLbSetting: {distribute: []}}|loadBalancer.localityLbSetting.distribute|the field is known, but not supported",
                "connectionPool: {http: {useClientProtocol: true}}|connectionPool.http.useClientProtocol|the field is known, but not supported",
                "connectionPool: {tcp: {maxConnections: 0}}|connectionPool.tcp.maxConnections|the value is out of range",
                "connectionPool: {tcp: {connectTimeout: 0s}}|connectionPool.tcp.connectTimeout|the duration is too short",
                "outlierDetection: {maxEjectionPercent: 101}|outlierDetection.maxEjectionPercent|the value is out of range",
                "outlierDetection: {consecutiveErrors: 5}|outlierDetection.consecutiveErrors|the field is known, but not supported",
                "tls: {mode: SIMPLE, credentialName: a}|tls.credentialName|the field is known, but not supported",
                "tls: {mode: SIMPLE, clientCertificate: /a}|tls.clientCertificate|SIMPLE shows no certificate",
                "tls: {mode: MUTUAL, clientCertificate: /a}|tls.privateKey|a required field is missing",
                "tls: {mode: ISTIO_MUTUAL, caCertificates: /a}|tls.caCertificates|the mesh brings the certificates",
                "tls: {mode: SIMPLE, insecureSkipVerify: true}|tls.insecureSkipVerify|the field is known, but not supported",
                "tls: {mode: SIMPLE, caCertificates: a.pem}|tls.caCertificates|the file is not given by its full path",
                "portLevelSettings: [{port: {number: 1}}, {port: {number: 1}}]|portLevelSettings[1]|the port 1 stands twice",
                "portLevelSettings: [{tls: {mode: SIMPLE}}]|portLevelSettings[0].port|a required field is missing",
                "tunnel: {targetHost: a}|tunnel|the field is known, but not supported",
                "retryBudget: {percent: 101}|retryBudget.percent|the value is out of range",
            })
    void a_traffic_policy_that_cannot_be_honoured_is_refused(String policy, String field, String message) {
        refuses(
                networking("DestinationRule", "host: product\ntrafficPolicy:\n  " + policy),
                "spec.trafficPolicy." + field,
                message);
    }

    @Test
    void a_service_entry_is_read() {
        ServiceEntry entry = Texts.only(ServiceEntry.class, networking("ServiceEntry", """
                        hosts: [API.example.com]
                        addresses: [240.1.2.3, 10.9.0.0/16]
                        location: MESH_INTERNAL
                        resolution: STATIC
                        ports:
                        - {number: 443, name: tls, protocol: tls, targetPort: 8443}
                        - {number: 80, name: http-web}
                        endpoints:
                        - {address: 10.1.1.1, ports: {tls: 9443}, labels: {version: v1}, locality: eu/a, weight: 3, network: n1, serviceAccount: api}
                        subjectAltNames: [api.example.com]
                        """));
        assertThat(entry.hosts()).containsExactly("api.example.com");
        assertThat(entry.addresses()).extracting(IpBlock::text).containsExactly("240.1.2.3/32", "10.9.0.0/16");
        assertThat(entry.location()).isEqualTo(ServiceEntry.Location.MESH_INTERNAL);
        assertThat(entry.resolution()).isEqualTo(ServiceEntry.Resolution.STATIC);
        assertThat(entry.ports())
                .containsExactly(
                        new ServiceEntry.Port("tls", 443, PortProtocol.TLS, 8443, 10),
                        new ServiceEntry.Port("http-web", 80, PortProtocol.HTTP, 80, 11));
        assertThat(entry.endpoints())
                .containsExactly(new EntryEndpoint(
                        "10.1.1.1",
                        Map.of("tls", 9443),
                        Map.of("version", "v1"),
                        "n1",
                        "eu/a",
                        OptionalInt.of(3),
                        Optional.of("api"),
                        13));
        assertThat(entry.subjectAltNames()).containsExactly("api.example.com");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "hosts: [a.b]|spec.ports|a required field is missing",
                "hosts: []\\nports: [{number: 1, name: a}]|spec.hosts|there is no host",
                "hosts: ['*']\\nports: [{number: 1, name: a}]|spec.hosts[0]|the entry would stand for every host",
                "hosts: ['*.b']\\nresolution: DNS\\nports: [{number: 1, name: a}]|spec.hosts[0]|a wildcard cannot be asked of DNS",
                "hosts: [a.b]\\nresolution: DYNAMIC_DNS\\nports: [{number: 1, name: a}]|spec.resolution|the field is known, but not supported",
                "hosts: [a.b]\\nresolution: STATIC\\nports: [{number: 1, name: a}]|spec.resolution|STATIC needs to be told who serves",
                "hosts: [a.b]\\nresolution: STATIC\\nports: [{number: 1, name: a}]\\nendpoints: [{address: c.d}]|spec.endpoints[0].address|STATIC takes addresses only",
                "hosts: [a.b]\\nports: [{number: 1, name: a}]\\nendpoints: [{address: 10.1.1.1}]|spec.endpoints|endpoints have no effect with resolution NONE",
                "hosts: [a.b]\\nports: [{number: 1, name: a}, {number: 1, name: b}]|spec.ports[1].number|the port stands twice",
                "hosts: [a.b]\\nports: [{number: 1, name: a, protocol: HTP}]|spec.ports[0].protocol|the protocol is not known",
                "hosts: [a.b]\\nresolution: STATIC\\nports: [{number: 1, name: a}]\\nendpoints: [{address: 'unix:/a'}]|spec.endpoints[0].address|the field is known, but not supported",
                "hosts: [a.b]\\naddresses: [10.300.0.1]\\nports: [{number: 1, name: a}]|spec.addresses[0]|the value is not an address or block",
            })
    void a_wrong_service_entry_is_refused(String spec, String field, String message) {
        refuses(networking("ServiceEntry", spec), field, message);
    }

    @Test
    void a_workload_entry_is_read_and_needs_an_address() {
        assertThat(Texts.only(WorkloadEntry.class, networking("WorkloadEntry", "address: 10.1.1.9\nlabels: {app: vm}"))
                        .endpoint()
                        .labels())
                .isEqualTo(Map.of("app", "vm"));
        refuses(networking("WorkloadEntry", "labels: {app: vm}"), "spec.address", "a required field is missing");
    }

    @Test
    void a_peer_authentication_is_read() {
        PeerAuthentication policy = Texts.only(
                PeerAuthentication.class,
                security(
                        "PeerAuthentication",
                        "selector: {matchLabels: {app: product}}\nmtls: {mode: STRICT}\nportLevelMtls: {8000: {mode: PERMISSIVE}}"));
        assertThat(policy.selector()).isEqualTo(Map.of("app", "product"));
        assertThat(policy.mode()).isEqualTo(PeerAuthentication.Mode.STRICT);
        assertThat(policy.ports()).isEqualTo(Map.of(8000, PeerAuthentication.Mode.PERMISSIVE));
        assertThat(Texts.only(PeerAuthentication.class, security("PeerAuthentication", "{}"))
                        .mode())
                .isEqualTo(PeerAuthentication.Mode.UNSET);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "portLevelMtls: {8000: {mode: STRICT}}|spec.portLevelMtls|ports belong to workloads",
                "selector: {matchLabels: {a: b}}\\nportLevelMtls: {0: {mode: STRICT}}|spec.portLevelMtls[0]|'0' is not a port",
                "mtls: STRICT|spec.mtls|the value has the wrong type",
                "mtls: {mode: strict}|spec.mtls.mode|the value is not known",
            })
    void a_wrong_peer_authentication_is_refused(String spec, String field, String message) {
        refuses(security("PeerAuthentication", spec), field, message);
    }

    @Test
    void an_authorization_policy_is_read() {
        AuthorizationPolicy policy = Texts.only(AuthorizationPolicy.class, security("AuthorizationPolicy", """
                        selector: {matchLabels: {app: product}}
                        action: DENY
                        rules:
                        - from:
                          - source: {principals: [cluster.local/ns/prod/sa/frontend, "*/ns/test/*x"], notNamespaces: [legacy-*]}
                          - source: {serviceAccounts: [cart, shop/web], ipBlocks: [10.1.0.0/16], notIpBlocks: [10.1.2.3]}
                          to:
                          - operation: {hosts: ["*.example.com"], ports: ["8000", 9000], methods: [GET, "P*"], paths: [/a, /b/*, "*.png", "/u/{*}/x/{**}"], notPaths: ["*"]}
                          when:
                          - {key: "request.headers[X-User]", values: [admin*], notValues: [admin-test]}
                          - {key: destination.port, values: ["80"]}
                          - {key: source.ip, notValues: [10.0.0.0/8]}
                        - {}
                        """.replace(
                        "\"*/ns/test/*x\"", "\"*/sa/cart\"")));
        assertThat(policy.action()).isEqualTo(AuthorizationPolicy.Action.DENY);
        AuthorizationPolicy.Rule rule = policy.rules().getFirst();
        assertThat(rule.line()).isEqualTo(8);
        assertThat(rule.from().getFirst().principals())
                .containsExactly(
                        new ValuePattern.Exact("cluster.local/ns/prod/sa/frontend"),
                        new ValuePattern.Suffix("/sa/cart"));
        assertThat(rule.from().getFirst().notNamespaces()).containsExactly(new ValuePattern.Prefix("legacy-"));
        assertThat(rule.from().getLast().serviceAccounts()).containsExactly("prod/cart", "shop/web");
        assertThat(rule.from().getLast().notIpBlocks())
                .extracting(IpBlock::text)
                .containsExactly("10.1.2.3/32");
        AuthorizationPolicy.Operation operation = rule.to().getFirst();
        assertThat(operation.ports()).containsExactly(8000, 9000);
        assertThat(operation.paths())
                .containsExactly(
                        new ValuePattern.Exact("/a"),
                        new ValuePattern.Prefix("/b/"),
                        new ValuePattern.Suffix(".png"),
                        new ValuePattern.Template("/u/{*}/x/{**}"));
        assertThat(operation.notPaths()).containsExactly(new ValuePattern.Present());
        assertThat(operation.needsHttp()).isTrue();
        assertThat(rule.when().getFirst())
                .isEqualTo(new AuthorizationPolicy.Condition(
                        AuthorizationPolicy.Attribute.REQUEST_HEADER,
                        "x-user",
                        List.of("admin*"),
                        List.of("admin-test"),
                        14));
        assertThat(rule.when())
                .extracting(AuthorizationPolicy.Condition::attribute)
                .contains(AuthorizationPolicy.Attribute.DESTINATION_PORT, AuthorizationPolicy.Attribute.SOURCE_IP);
        assertThat(policy.rules().getLast())
                .isEqualTo(new AuthorizationPolicy.Rule(1, 17, List.of(), List.of(), List.of()));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "action: CUSTOM\\nrules: [{}]|spec.action|the field is known, but not supported",
                "targetRefs: [{kind: Service, name: a}]|spec.targetRefs|the field is known, but not supported",
                "rules: [{from: []}]|spec.rules[0].from|the list is empty",
                "rules: [{from: [{source: {}}]}]|spec.rules[0].from[0].source|the source sets no condition",
                "rules: [{to: [{operation: {}}]}]|spec.rules[0].to[0].operation|the operation sets no condition",
                "rules: [{to: [{}]}]|spec.rules[0].to[0].operation|a required field is missing",
                "rules: [{from: [{source: {remoteIpBlocks: [10.0.0.0/8]}}]}]|spec.rules[0].from[0].source.remoteIpBlocks|the field is known, but not supported",
                "rules: [{from: [{source: {serviceAccounts: [a], namespaces: [b]}}]}]|spec.rules[0].from[0].source|serviceAccounts cannot stand beside",
                "rules: [{from: [{source: {principals: ['a*b']}}]}]|spec.rules[0].from[0].source.principals[0]|a * is a wildcard at the beginning",
                "rules: [{to: [{operation: {paths: [a]}}]}]|spec.rules[0].to[0].operation.paths[0]|a path begins with '/'",
                "rules: [{to: [{operation: {paths: ['/a/{x}']}}]}]|spec.rules[0].to[0].operation.paths[0]|'{x}' is not a segment",
                "rules: [{to: [{operation: {paths: ['/{**}/a/{**}']}}]}]|spec.rules[0].to[0].operation.paths[0]|{**} stands more than once",
                "rules: [{to: [{operation: {ports: ['0']}}]}]|spec.rules[0].to[0].operation.ports[0]|the value is not a port",
                "rules: [{when: [{key: 'request.auth.claims[iss]', values: [a]}]}]|spec.rules[0].when[0].key|the key is known, but not supported",
                "rules: [{when: [{key: source.ips, values: [10.0.0.1]}]}]|spec.rules[0].when[0].key|the key is unknown",
                "rules: [{when: [{key: source.ip, values: [a]}]}]|spec.rules[0].when[0].values[0]|the value is not an address",
                "rules: [{when: [{key: source.ip}]}]|spec.rules[0].when[0]|the condition has no value",
            })
    void a_wrong_authorization_policy_is_refused(String spec, String field, String message) {
        refuses(security("AuthorizationPolicy", spec), field, message);
    }

    @Test
    void an_authorization_policy_without_rules_refuses_everything_and_a_denial_without_rules_is_noted() {
        assertThat(Texts.only(AuthorizationPolicy.class, security("AuthorizationPolicy", "{}"))
                        .rules())
                .isEmpty();
        ReadResult denial = Texts.read(security("AuthorizationPolicy", "action: DENY"));
        assertThat(denial.objects()).hasSize(1);
        assertThat(denial.problems())
                .singleElement()
                .satisfies(problem -> assertThat(problem.message()).contains("matches nothing"));
    }

    @Test
    void namespaces_and_service_accounts_are_read() {
        Namespace namespace = Texts.only(
                Namespace.class,
                "apiVersion: v1\nkind: Namespace\nmetadata: {name: prod, labels: {istio-injection: enabled}}\n");
        assertThat(namespace.key()).isEqualTo(new ObjectKey("Namespace", "", "prod"));
        assertThat(namespace.key().text()).isEqualTo("Namespace prod");
        assertThat(namespace.labels()).isEqualTo(Map.of("istio-injection", "enabled"));
        assertThat(Texts.only(
                                ServiceAccount.class,
                                "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: web}\nautomountServiceAccountToken: false\n")
                        .key()
                        .text())
                .isEqualTo("ServiceAccount default/web");
    }
}
