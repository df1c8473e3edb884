"""Writes the Envoy bootstrap files that both proxies are started with.

`client(...)` is the sidecar beside the caller, `server(...)` the one beside the application. Both return plain
dictionaries; JSON is valid input for Envoy and for Riser. `with_envoy_metrics` adds the one thing that only Envoy needs:
Riser counts Istio's metrics for every request without being told.
"""

TYPE = "type.googleapis.com/envoy."
TRUST_DOMAIN = "cluster.local"
CLIENT = f"spiffe://{TRUST_DOMAIN}/ns/bench/sa/client"
SERVER = f"spiffe://{TRUST_DOMAIN}/ns/bench/sa/server"

# As long as what one of Istio's sidecars tells the other about itself.
WORKLOAD_DESCRIPTION = "ClQKDkFQUF9DT05UQUlORVJTEkIaQAo" * 13
PEER_HEADERS = ("x-envoy-peer-metadata", "x-envoy-peer-metadata-id")

UNLIMITED = 2**32 - 1


def _typed(name, kind, **fields):
    return {"name": name, "typed_config": {"@type": TYPE + kind, **fields}}


def _address(port):
    return {"socket_address": {"address": "127.0.0.1", "port_value": port}}


def _tls(certificates, own, peer_identity, alpn):
    return {
        "alpn_protocols": alpn,
        "tls_params": {"tls_minimum_protocol_version": "TLSv1_3", "tls_maximum_protocol_version": "TLSv1_3"},
        "tls_certificates": [{
            "certificate_chain": {"filename": f"{certificates}/{own}.pem"},
            "private_key": {"filename": f"{certificates}/{own}.key"},
        }],
        "validation_context": {
            "trusted_ca": {"filename": f"{certificates}/root.pem"},
            "match_typed_subject_alt_names": [{"san_type": "URI", "matcher": peer_identity}],
        },
    }


def _dial_tls(certificates, alpn):
    return _typed(
        "envoy.transport_sockets.tls", "extensions.transport_sockets.tls.v3.UpstreamTlsContext",
        sni="outbound_.80_._.app.bench.svc.cluster.local",
        common_tls_context=_tls(certificates, "client", {"exact": SERVER}, alpn))


def _accept_tls(certificates, alpn):
    return _typed(
        "envoy.transport_sockets.tls", "extensions.transport_sockets.tls.v3.DownstreamTlsContext",
        require_client_certificate=True,
        common_tls_context=_tls(certificates, "server", {"prefix": f"spiffe://{TRUST_DOMAIN}/"}, alpn))


def _cluster(name, port, http2=False, tls=None):
    protocol = {"http2_protocol_options": {"max_concurrent_streams": 1000}} if http2 else {"http_protocol_options": {}}
    cluster = {
        "name": name,
        "type": "STATIC",
        "connect_timeout": "10s",
        "lb_policy": "LEAST_REQUEST",
        "circuit_breakers": {"thresholds": [{
            "max_connections": UNLIMITED, "max_pending_requests": UNLIMITED,
            "max_requests": UNLIMITED, "max_retries": UNLIMITED}]},
        "metadata": {"filter_metadata": {"istio": {"services": [
            {"host": "app.bench.svc.cluster.local", "name": "app", "namespace": "bench"}]}}},
        "typed_extension_protocol_options": {
            "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
                "@type": TYPE + "extensions.upstreams.http.v3.HttpProtocolOptions", "explicit_http_config": protocol}},
        "load_assignment": {
            "cluster_name": name,
            "endpoints": [{"lb_endpoints": [{"endpoint": {"address": _address(port)}}]}]},
    }
    if tls:
        cluster["transport_socket"] = tls
    return cluster


def _retries():
    return {
        "retry_on": "connect-failure,refused-stream,unavailable,cancelled,retriable-status-codes",
        "retriable_status_codes": [503],
        "num_retries": 2,
        "host_selection_retry_max_attempts": "5",
        "retry_host_predicate": [_typed(
            "envoy.retry_host_predicates.previous_hosts", "extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate")],
    }


def _split(cluster):
    """A header decides first; everything else is split 90 to 10. Both subsets are the same application here."""
    canary = {"cluster": cluster + "-v2", "timeout": "0s", "retry_policy": _retries()}
    split = {
        "weighted_clusters": {"clusters": [{"name": cluster, "weight": 90}, {"name": cluster + "-v2", "weight": 10}]},
        "timeout": "0s", "retry_policy": _retries()}
    return [
        {"match": {"prefix": "/", "headers": [{"name": "x-tester", "string_match": {"exact": "yes"}}]}, "route": canary},
        {"match": {"prefix": "/"}, "route": split},
    ]


def _http(name, routes, filters, description_to, **fields):
    routes = {"name": name, "virtual_hosts": [{"name": name, "domains": ["*"], "routes": routes}]}
    description = [
        {"header": {"key": PEER_HEADERS[0], "value": WORKLOAD_DESCRIPTION}},
        {"header": {"key": PEER_HEADERS[1], "value": f"sidecar~127.0.0.1~{name}.bench~bench.svc.cluster.local"}}]
    if description_to == "request":
        routes.update(request_headers_to_add=description, response_headers_to_remove=list(PEER_HEADERS))
    elif description_to == "response":
        routes.update(response_headers_to_add=description, request_headers_to_remove=list(PEER_HEADERS))
    return _typed(
        "envoy.filters.network.http_connection_manager",
        "extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
        stat_prefix=name, codec_type="AUTO", route_config=routes, generate_request_id=True, normalize_path=True,
        stream_idle_timeout="0s", use_remote_address=False,
        http_filters=[*filters, _typed("envoy.filters.http.router", "extensions.filters.http.router.v3.Router")], **fields)


def _every_day_filters():
    return [
        _typed("envoy.filters.http.fault", "extensions.filters.http.fault.v3.HTTPFault"),
        _typed("envoy.filters.http.cors", "extensions.filters.http.cors.v3.Cors"),
    ]


def _ten_principals():
    names = [f"spiffe://{TRUST_DOMAIN}/ns/bench/sa/caller-{number}" for number in range(9)] + [CLIENT]
    return _typed("envoy.filters.http.rbac", "extensions.filters.http.rbac.v3.RBAC", rules={
        "action": "ALLOW",
        "policies": {"ns[bench]-policy[callers]-rule[0]": {
            "permissions": [{"any": True}],
            "principals": [{"authenticated": {"principal_name": {"exact": name}}} for name in names]}}})


def _tcp(cluster):
    return _typed(
        "envoy.filters.network.tcp_proxy", "extensions.filters.network.tcp_proxy.v3.TcpProxy",
        stat_prefix="tcp", cluster=cluster)


def _listener(name, port, network_filter, tls=None, inspect_http=False):
    chain = {"filters": [network_filter]}
    inspectors = []
    if tls:
        chain["transport_socket"] = tls
    if tls or inspect_http:
        inspectors.append(_typed(
            "envoy.filters.listener.tls_inspector", "extensions.filters.listener.tls_inspector.v3.TlsInspector"))
    if inspect_http:
        inspectors.append(_typed(
            "envoy.filters.listener.http_inspector", "extensions.filters.listener.http_inspector.v3.HttpInspector"))
    return {
        "name": name, "address": _address(port), "listener_filters": inspectors, "filter_chains": [chain],
        "traffic_direction": "INBOUND" if name.startswith("in_") else "OUTBOUND"}


def _bootstrap(name, admin, listeners, clusters):
    return {
        "node": {"id": f"sidecar~127.0.0.1~{name}.bench~bench.svc.cluster.local", "cluster": f"{name}.bench"},
        "admin": {"address": _address(admin)},
        "static_resources": {"listeners": listeners, "clusters": clusters},
    }


def client(ports, certificates, admin):
    """The caller's sidecar: `hop` straight to the application, `web`, `grpc` and `tcp` to the other sidecar."""
    clusters = [
        _cluster("outbound|80||plain.bench", ports["app_http"]),
        _cluster("outbound|9000||store.bench", ports["in_tcp"], tls=_dial_tls(certificates, ["istio"]))]
    for name, port in (("outbound|80||app.bench", ports["in_web"]), ("outbound|8000||echo.bench", ports["in_grpc"])):
        for subset in ("", "-v2"):
            clusters.append(_cluster(name + subset, port, http2=True, tls=_dial_tls(certificates, ["h2"])))
    plain = [{"match": {"prefix": "/"}, "route": {"cluster": "outbound|80||plain.bench", "timeout": "0s"}}]
    return _bootstrap("client", admin, [
        _listener("hop", ports["hop"], _http("hop", plain, [], "")),
        _listener("web", ports["web"], inspect_http=True, network_filter=_http(
            "web", _split("outbound|80||app.bench"), _every_day_filters(), "request")),
        _listener("grpc", ports["grpc"], inspect_http=True, network_filter=_http(
            "grpc", _split("outbound|8000||echo.bench"), _every_day_filters(), "request")),
        _listener("tcp", ports["tcp"], _tcp("outbound|9000||store.bench")),
    ], clusters)


def server(ports, certificates, admin):
    """The application's sidecar: mutual TLS in, RBAC of ten principals, plaintext to the application."""
    def web(name, cluster):
        return _http(
            name, [{"match": {"prefix": "/"}, "route": {"cluster": cluster, "timeout": "0s"}}],
            [_ten_principals(), *_every_day_filters()], "response",
            forward_client_cert_details="APPEND_FORWARD",
            set_current_client_cert_details={"subject": True, "dns": True, "uri": True})
    return _bootstrap("server", admin, [
        _listener("in_web", ports["in_web"], web("in_web", "inbound|80||"), _accept_tls(certificates, ["h2", "http/1.1"])),
        _listener("in_grpc", ports["in_grpc"], web("in_grpc", "inbound|8000||"), _accept_tls(certificates, ["h2"])),
        _listener("in_tcp", ports["in_tcp"], _tcp("inbound|9000||"), _accept_tls(certificates, ["istio"])),
    ], [
        _cluster("inbound|80||", ports["app_http"]),
        _cluster("inbound|8000||", ports["app_grpc"], http2=True),
        _cluster("inbound|9000||", ports["app_tcp"]),
    ])


def with_envoy_metrics(bootstrap, reporter):
    """Adds Istio's four standard HTTP metrics with their labels, in the one way that a plain Envoy has for them."""
    own, peer = ("LOCAL", "PEER") if reporter == "destination" else ("PEER", "LOCAL")
    side = "DOWNSTREAM" if reporter == "destination" else "UPSTREAM"
    labels = {
        "reporter": reporter, "connection_security_policy": "mutual_tls",
        "source_workload": "client", "source_workload_namespace": "bench", "source_app": "client",
        "source_version": "v1", "source_canonical_service": "client", "source_canonical_revision": "v1",
        "source_cluster": "local", "source_principal": f"%{side}_{peer}_URI_SAN%",
        "destination_workload": "app", "destination_workload_namespace": "bench", "destination_app": "app",
        "destination_version": "v1", "destination_canonical_service": "app", "destination_canonical_revision": "v1",
        "destination_cluster": "local", "destination_service_name": "app", "destination_service_namespace": "bench",
        "destination_service": "%REQUEST_HEADER(:AUTHORITY)%", "destination_principal": f"%{side}_{own}_URI_SAN%",
        "request_protocol": "%PROTOCOL%", "response_code": "%RESPONSE_CODE%", "response_flags": "%RESPONSE_FLAGS%",
        "grpc_response_status": "%GRPC_STATUS%",
    }
    tags = [{"name": name, "value_format": value} for name, value in labels.items()]

    def metric(name, **fields):
        return {"stat": {"name": name, "tags": tags}, **fields}

    log = _typed(
        "envoy.access_loggers.stats", "extensions.access_loggers.stats.v3.Config", stat_prefix="istio",
        counters=[metric("istio_requests_total", value_fixed=1)],
        histograms=[
            metric("istio_request_duration_milliseconds", unit="Milliseconds", value_format="%DURATION%"),
            metric("istio_request_bytes", unit="Bytes", value_format="%BYTES_RECEIVED%"),
            metric("istio_response_bytes", unit="Bytes", value_format="%BYTES_SENT%")])
    for listener in bootstrap["static_resources"]["listeners"]:
        config = listener["filter_chains"][0]["filters"][0]["typed_config"]
        if config["@type"].endswith("HttpConnectionManager") and listener["name"] != "hop":
            config["access_log"] = [log]
    # Istio keeps only these of Envoy's own statistics.
    bootstrap["stats_config"] = {"use_all_default_tags": False, "stats_matcher": {"inclusion_list": {"patterns": [
        *({"prefix": name} for name in ("istio", "cluster_manager", "listener_manager", "server")),
        *({"suffix": name} for name in ("rbac.allowed", "rbac.denied", "downstream_cx_active"))]}}}
    return bootstrap
