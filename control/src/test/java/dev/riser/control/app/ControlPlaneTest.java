package dev.riser.control.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.riser.control.app.MeshClient.Answer;
import dev.riser.control.app.MeshClient.Discovery;
import dev.riser.identity.CertificateSigningRequest;
import dev.riser.identity.Pem;
import dev.riser.identity.SpiffeId;
import dev.riser.xds.istio.auth.IstioCertificateRequest;
import dev.riser.xds.istio.auth.IstioCertificateResponse;
import dev.riser.xds.istio.auth.IstioCertificateServiceGrpc;
import dev.riser.xds.server.ResourceTypes;
import dev.riser.xds.telemetry.EdgeSignals;
import dev.riser.xds.telemetry.GoldenSignalsGrpc;
import dev.riser.xds.telemetry.Peer;
import dev.riser.xds.telemetry.ReportSummary;
import dev.riser.xds.telemetry.Reporter;
import dev.riser.xds.telemetry.ResponseSignals;
import dev.riser.xds.telemetry.SignalReport;
import io.envoyproxy.envoy.config.endpoint.v3.ClusterLoadAssignment;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

class ControlPlaneTest {
    private static final String SERVICE = """
            apiVersion: v1
            kind: Service
            metadata:
              name: product
              namespace: prod
            spec:
              clusterIP: 10.90.0.7
              selector:
                app: product
              ports:
              - name: http
                port: 8000
                targetPort: 8000
            """;

    private static final String SPLIT = """
            apiVersion: networking.istio.io/v1
            kind: VirtualService
            metadata:
              name: product
              namespace: prod
            spec:
              hosts: [product]
              http:
              - timeout: %s
                route:
                - destination:
                    host: product
            """;

    private static final String PRODUCT = """
            {"namespace": "prod", "name": "product", "service": "product", "labels": {"app": "product", "version": "v1"},
             "ports": [{"port": 8000, "name": "http"}]}
            """;

    private static final String CALLER = "{\"namespace\": \"prod\", \"name\": \"frontend\"}";

    @TempDir
    private Path directory;

    private Path config;
    private Path state;
    private ControlPlane plane;
    private MeshClient client;
    private ManagedChannel channel;

    @BeforeEach
    void start() throws IOException {
        config = Files.createDirectories(directory.resolve("config"));
        state = directory.resolve("state");
        Files.writeString(config.resolve("product.yaml"), SERVICE + "---\n" + SPLIT.formatted("3s"));
        startPlane();
    }

    private void startPlane() throws IOException {
        plane = ControlPlane.start(
                ControlPlaneSettings.standard(Optional.of(config), state).withPorts(0, 0, 0));
        client = new MeshClient(plane);
        channel = client.channel(plane.rootBundle());
    }

    @AfterEach
    void stop() {
        channel.shutdownNow();
        plane.close();
    }

    private JsonNode register(String workload) throws Exception {
        Answer answer = client.post("/api/v1/workloads", workload);
        assertThat(answer.status()).as(answer.response().body()).isEqualTo(201);
        return answer.body();
    }

    private Discovery discovery(JsonNode registered, String name) {
        return new Discovery(channel, registered.path("token").asString(""), MeshClient.node(registered, "prod", name));
    }

    @Test
    void aWorkloadIsToldOnDemandWhatItCalls() throws Exception {
        JsonNode product = register(PRODUCT);
        Discovery itself = discovery(product, "product");
        itself.subscribe(ResourceTypes.LISTENER, "virtualInbound");
        assertThat(itself.next().getResources(0).getName()).isEqualTo("virtualInbound");
        assertThat(client.post("/api/v1/workloads/" + product.path("id").asString("") + "/ready", "")
                        .status())
                .isEqualTo(200);

        Discovery caller = discovery(register(CALLER), "frontend");
        caller.subscribe(ResourceTypes.LISTENER, "10.90.0.7_8000", "192.0.2.1_80");
        DeltaDiscoveryResponse listeners = caller.next();
        assertThat(listeners.getResourcesList())
                .extracting(each -> each.getName())
                .containsExactly("10.90.0.7_8000");
        assertThat(listeners.getRemovedResourcesList()).containsExactly("192.0.2.1_80");
        caller.accept(listeners);

        caller.subscribe(ResourceTypes.ROUTE, "product.prod.svc.cluster.local:8000");
        RouteConfiguration route = caller.next().getResources(0).getResource().unpack(RouteConfiguration.class);
        String cluster = route.getVirtualHosts(0).getRoutes(0).getRoute().getCluster();
        if (cluster.isEmpty()) {
            cluster = route.getVirtualHosts(0)
                    .getRoutes(0)
                    .getRoute()
                    .getWeightedClusters()
                    .getClusters(0)
                    .getName();
        }
        assertThat(cluster).isEqualTo("outbound|8000||product.prod.svc.cluster.local");
        caller.subscribe(ResourceTypes.CLUSTER, cluster);
        assertThat(caller.next().getResources(0).getName()).isEqualTo(cluster);
        caller.subscribe(ResourceTypes.ENDPOINTS, cluster);
        ClusterLoadAssignment endpoints =
                endpointsOnce(caller, product.path("address4").asString(""));
        assertThat(endpoints.getClusterName()).isEqualTo(cluster);

        Files.writeString(config.resolve("product.yaml"), SERVICE + "---\n" + SPLIT.formatted("7s"));
        RouteConfiguration changed = null;
        while (changed == null) {
            DeltaDiscoveryResponse response = caller.next();
            if (response.getTypeUrl().equals(ResourceTypes.ROUTE)) {
                changed = response.getResources(0).getResource().unpack(RouteConfiguration.class);
            }
        }
        assertThat(changed.getVirtualHosts(0)
                        .getRoutes(0)
                        .getRoute()
                        .getTimeout()
                        .getSeconds())
                .isEqualTo(7);

        client.call("DELETE", "/api/v1/workloads/" + product.path("id").asString(""), "", plane.adminToken());
        endpointsOnce(caller, "");
    }

    /** The endpoints as soon as they are the given one, or none where the address is empty. */
    private static ClusterLoadAssignment endpointsOnce(Discovery caller, String address) throws Exception {
        while (true) {
            DeltaDiscoveryResponse response = caller.next();
            if (!response.getTypeUrl().equals(ResourceTypes.ENDPOINTS) || response.getResourcesCount() == 0) {
                continue;
            }
            ClusterLoadAssignment assignment =
                    response.getResources(0).getResource().unpack(ClusterLoadAssignment.class);
            List<String> addresses = assignment.getEndpointsList().stream()
                    .flatMap(locality -> locality.getLbEndpointsList().stream())
                    .map(endpoint -> endpoint.getEndpoint()
                            .getAddress()
                            .getSocketAddress()
                            .getAddress())
                    .toList();
            if (address.isEmpty() ? addresses.isEmpty() : addresses.contains(address)) {
                return assignment;
            }
        }
    }

    @Test
    void nobodySeesAnythingWithoutAProofOrAsSomebodyElse() throws Exception {
        JsonNode frontend = register(CALLER);
        JsonNode product = register(PRODUCT);

        Discovery stranger = new Discovery(channel, "nonsense", MeshClient.node(frontend, "prod", "frontend"));
        stranger.subscribe(ResourceTypes.CLUSTER, "*");
        assertThat(stranger.failure()).hasMessageContaining("UNAUTHENTICATED");

        Discovery impostor = new Discovery(
                channel, frontend.path("token").asString(""), MeshClient.node(product, "prod", "product"));
        impostor.subscribe(ResourceTypes.CLUSTER, "*");
        assertThat(impostor.failure()).hasMessageContaining("PERMISSION_DENIED");
        assertThat(client.get("/api/v1/proxies").body().size()).isZero();
    }

    @Test
    void aCertificateHasTheTokensIdentityWhateverTheRequestSays() throws Exception {
        JsonNode frontend = register(CALLER);
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(new ECGenParameterSpec("secp256r1"));
        KeyPair keys = generator.generateKeyPair();
        String csr =
                CertificateSigningRequest.pem(keys, SpiffeId.parse("spiffe://cluster.local/ns/kube-system/sa/admin"));
        IstioCertificateResponse response = IstioCertificateServiceGrpc.newBlockingStub(channel)
                .withCallCredentials(
                        new MeshClient.Bearer(frontend.path("token").asString("")).credentials())
                .createCertificate(
                        IstioCertificateRequest.newBuilder().setCsr(csr).build());
        List<X509Certificate> chain = Pem.certificates(String.join("", response.getCertChainList()));
        assertThat(chain).hasSize(3);
        assertThat(chain.getFirst().getSubjectAlternativeNames())
                .anySatisfy(name -> assertThat(name.get(1)).isEqualTo("spiffe://cluster.local/ns/prod/sa/frontend"));
        assertThatThrownBy(() -> IstioCertificateServiceGrpc.newBlockingStub(channel)
                        .createCertificate(
                                IstioCertificateRequest.newBuilder().setCsr(csr).build()))
                .isInstanceOf(StatusRuntimeException.class)
                .hasMessageContaining("UNAUTHENTICATED");

        discovery(frontend, "frontend").subscribe(ResourceTypes.LISTENER, "virtualOutbound");
        JsonNode proxies = client.get("/api/v1/proxies").body();
        while (proxies.isEmpty()) {
            proxies = client.get("/api/v1/proxies").body();
        }
        assertThat(proxies.get(0).path("certificate").path("notAfter").asString(""))
                .startsWith("20");
    }

    @Test
    void aReportOfAProxyIsInTheTableAndOneAboutOthersIsNot() throws Exception {
        JsonNode product = register(PRODUCT);
        CompletableFuture<Long> counted = new CompletableFuture<>();
        StreamObserver<SignalReport> reports = GoldenSignalsGrpc.newStub(channel)
                .withCallCredentials(new MeshClient.Bearer(product.path("token").asString("")).credentials())
                .report(new StreamObserver<>() {
                    @Override
                    public void onNext(ReportSummary summary) {
                        counted.complete(summary.getReports());
                    }

                    @Override
                    public void onError(Throwable failure) {
                        counted.completeExceptionally(failure);
                    }

                    @Override
                    public void onCompleted() {
                        counted.complete(-1L);
                    }
                });
        SignalReport.Builder report = SignalReport.newBuilder()
                .setNodeId(product.path("node").asString(""))
                .setEndMillis(System.currentTimeMillis())
                .setIntervalMillis(5000);
        reports.onNext(
                report.clone().addEdges(edge("prod")).addEdges(edge("bank")).build());
        reports.onNext(report.clone()
                .setNodeId("sidecar~10.0.0.1~bank-1.bank~bank.svc.cluster.local")
                .addEdges(edge("bank"))
                .build());
        reports.onCompleted();
        assertThat(counted.get(60, TimeUnit.SECONDS)).isEqualTo(1);

        JsonNode rows = client.get("/api/v1/stat?kind=deploy&window=60s").body().path("rows");
        assertThat(rows.size()).isEqualTo(1);
        assertThat(rows.get(0).path("namespace").asString("")).isEqualTo("prod");
        assertThat(rows.get(0).path("requests").asInt(0)).isEqualTo(40);
        assertThat(rows.get(0).path("success").asDouble(0)).isEqualTo(0.75);
        assertThat(rows.get(0).path("p50").isNull()).isTrue();
        JsonNode graph = client.get("/api/v1/graph").body();
        assertThat(graph.path("edges").get(0).path("requests").asInt(0)).isEqualTo(40);
    }

    private static EdgeSignals edge(String namespace) {
        return EdgeSignals.newBuilder()
                .setReporter(Reporter.DESTINATION)
                .setDestination(Peer.newBuilder().setNamespace(namespace).setWorkload("product"))
                .setProtocol("http")
                .addResponses(ResponseSignals.newBuilder()
                        .setResponseCode(200)
                        .setGrpcStatus(-1)
                        .setRequests(30))
                .addResponses(ResponseSignals.newBuilder()
                        .setResponseCode(503)
                        .setGrpcStatus(-1)
                        .setRequests(10))
                .build();
    }

    @Test
    void workloadsRootAndAdminTokenOutliveARestart() throws Exception {
        JsonNode product = register(PRODUCT);
        client.post("/api/v1/workloads/" + product.path("id").asString("") + "/ready", "");
        String root = Files.readString(plane.rootBundle());
        String token = plane.adminToken();
        stop();
        assertThat(state.resolve("control-plane.json")).doesNotExist();
        startPlane();
        assertThat(Files.readString(plane.rootBundle())).isEqualTo(root);
        assertThat(plane.adminToken()).isEqualTo(token);
        JsonNode workloads = client.get("/api/v1/workloads").body();
        assertThat(workloads.get(0).path("address4")).isEqualTo(product.path("address4"));
        assertThat(workloads.get(0).path("ready").asBoolean(false)).isTrue();
        Discovery back = discovery(product, "product");
        back.subscribe(ResourceTypes.LISTENER, "virtualInbound");
        assertThat(back.next().getResourcesCount()).isEqualTo(1);
    }

    @Test
    void theStateDirectorySaysWhereTheControlPlaneIsAndKeepsItsSecrets() throws Exception {
        String addresses = Files.readString(state.resolve("control-plane.json"));
        assertThat(addresses)
                .contains("\"api\": \"http://127.0.0.1:" + plane.apiPort() + "\"")
                .contains("\"xds\": \"127.0.0.1:" + plane.xdsPort() + "\"")
                .contains("\"pid\": " + ProcessHandle.current().pid());
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(state.resolve("admin.token"))))
                .isEqualTo("rw-------");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(state.resolve("root.pem"))))
                .isEqualTo("rw-r--r--");
        assertThatThrownBy(() -> ControlPlane.start(
                        ControlPlaneSettings.standard(Optional.empty(), state).withPorts(0, 0, 0)))
                .isInstanceOf(IOException.class);
    }

    @Test
    void objectsAreAppliedListedAndDeletedThroughTheApi() throws Exception {
        String yaml = SERVICE.replace("product", "cart").replace("10.90.0.7", "10.90.0.8");
        Answer applied = client.post("/api/v1/objects", yaml);
        assertThat(applied.status()).isEqualTo(200);
        assertThat(applied.body().path("applied").get(0).path("result").asString(""))
                .isEqualTo("created");
        JsonNode object =
                client.get("/api/v1/objects?kind=Service&name=cart").body().get(0);
        assertThat(object.path("status").asString("")).isEqualTo("in force");
        assertThat(object.path("yaml").asString("")).contains("10.90.0.8");

        Answer bad = client.post("/api/v1/objects", yaml.replace("ports:", "prots:"));
        assertThat(bad.status()).isEqualTo(422);
        assertThat(bad.body().path("problems").toString()).contains("spec.prots");

        assertThat(client.call("DELETE", "/api/v1/objects/service/prod/cart", "", plane.adminToken())
                        .status())
                .isEqualTo(200);
        assertThat(client.call("DELETE", "/api/v1/objects/service/prod/cart", "", plane.adminToken())
                        .status())
                .isEqualTo(404);
        Answer ofFile = client.call("DELETE", "/api/v1/objects/Service/prod/product", "", plane.adminToken());
        assertThat(ofFile.status()).isEqualTo(409);
        assertThat(ofFile.body().path("error").asString("")).contains("product.yaml");
    }

    @Test
    void changesNeedTheAdminTokenAndAForeignHostSeesNothing() throws Exception {
        assertThat(client.call("POST", "/api/v1/objects", SERVICE, "").status()).isEqualTo(401);
        assertThat(client.call("POST", "/api/v1/workloads", PRODUCT, "wrong").status())
                .isEqualTo(403);
        assertThat(client.call("DELETE", "/api/v1/workloads/x", "", "").status())
                .isEqualTo(401);
        assertThat(client.get("/api/v1/workloads").body().size()).isZero();

        assertThat(raw("GET /api/v1/mesh HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n"))
                .startsWith("HTTP/1.1 403");
        assertThat(raw("GET / HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n"))
                .startsWith("HTTP/1.1 403");
        assertThat(raw("GET /api/v1/mesh HTTP/1.1\r\nHost: localhost:15080\r\nConnection: close\r\n\r\n"))
                .startsWith("HTTP/1.1 200")
                .contains("cluster.local");
    }

    @Test
    void requestsThatComeTogetherAreAnsweredInOrder() throws Exception {
        String answers = raw("GET /api/v1/mesh HTTP/1.1\r\nHost: localhost\r\n\r\n"
                + "GET /api/v1/nothing HTTP/1.1\r\nHost: localhost\r\n\r\n"
                + "GET /api/v1/workloads HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        int first = answers.indexOf("trustDomain");
        int second = answers.indexOf("there is no GET");
        int third = answers.lastIndexOf("[]");
        assertThat(first).isPositive();
        assertThat(second).isGreaterThan(first);
        assertThat(third).isGreaterThan(second);
    }

    private String raw(String request) throws IOException {
        try (Socket socket = new Socket("127.0.0.1", plane.apiPort())) {
            socket.setSoTimeout(60_000);
            OutputStream out = socket.getOutputStream();
            out.write(request.getBytes(StandardCharsets.US_ASCII));
            out.flush();
            InputStream in = socket.getInputStream();
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    @Test
    void badRequestsSayWhatIsAllowed() throws Exception {
        assertThat(client.get("/api/v1/stat?kind=car").body().path("error").asString(""))
                .contains("found \"car\"");
        assertThat(client.get("/api/v1/stat?window=9d").status()).isEqualTo(400);
        assertThat(client.get("/api/v1/timeseries?kind=deploy").status()).isEqualTo(400);
        Answer workload = client.post("/api/v1/workloads", "{\"nmae\": \"web\"}");
        assertThat(workload.status()).isEqualTo(400);
        assertThat(workload.body().path("error").asString("")).contains("unknown field \"nmae\"");
        assertThat(client.post("/api/v1/workloads", "{").status()).isEqualTo(400);
        assertThat(client.post("/api/v1/workloads", "{\"name\": \"Bad Name\"}").status())
                .isEqualTo(400);
        assertThat(client.get("/dashboard/../admin.token").status()).isEqualTo(404);
    }

    @Test
    void aWorkloadsTokenIsRenewedForItselfAlone() throws Exception {
        JsonNode product = register(PRODUCT);
        JsonNode frontend = register(CALLER);
        String path = "/api/v1/workloads/" + product.path("id").asString("") + "/token";
        Answer own = client.call("POST", path, "", product.path("token").asString(""));
        assertThat(own.status()).isEqualTo(200);
        assertThat(own.body().path("token").asString("").split("\\.")).hasSize(3);
        assertThat(client.call("POST", path, "", frontend.path("token").asString(""))
                        .status())
                .isEqualTo(403);
    }

    @Test
    void servicesAndMetricsShowWhatRuns() throws Exception {
        JsonNode product = register(PRODUCT);
        client.post("/api/v1/workloads/" + product.path("id").asString("") + "/ready", "");
        JsonNode service = client.get("/api/v1/services").body().get(0);
        while (!service.path("endpoints").path(0).path("ready").asBoolean(false)) {
            service = client.get("/api/v1/services").body().get(0);
        }
        assertThat(service.path("host").asString("")).isEqualTo("product.prod.svc.cluster.local");
        assertThat(service.path("endpoints").get(0).path("version").asString(""))
                .isEqualTo("v1");
        assertThat(service.path("meshed").asBoolean(false)).isTrue();
        String metrics;
        try (Socket socket = new Socket("127.0.0.1", plane.metricsPort())) {
            socket.getOutputStream()
                    .write("GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
                            .getBytes(StandardCharsets.US_ASCII));
            metrics = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
        assertThat(metrics)
                .contains("riser_control_workloads{state=\"ready\"} 1")
                .contains("riser_control_objects 2")
                .contains("# TYPE riser_control_push_seconds histogram");
    }

    @Test
    void theDashboardIsServedWithAStrictContentPolicy() throws Exception {
        Answer page = client.get("/");
        assertThat(page.status()).isEqualTo(200);
        assertThat(page.response()
                        .headers()
                        .firstValue("content-security-policy")
                        .orElse(""))
                .startsWith("default-src 'self'");
        assertThat(page.response().headers().firstValue("content-type")).contains("text/html; charset=utf-8");
        assertThat(page.response().body()).contains("<!doctype html>");
        assertThat(client.get("/api/v1/mesh").response().headers().firstValue("cache-control"))
                .contains("no-store");
    }
}
