package dev.riser.proxy.flow;

import dev.riser.base.FailureReason;
import dev.riser.proxy.balance.CircuitBreaker;
import dev.riser.proxy.balance.Outcome;
import dev.riser.proxy.balance.RetryState;
import dev.riser.proxy.guard.AccessDecision;
import dev.riser.proxy.guard.Guard;
import dev.riser.proxy.guard.ShadowObserver;
import dev.riser.proxy.http.ClientStream;
import dev.riser.proxy.http.ClientStreamListener;
import dev.riser.proxy.http.HeadRules;
import dev.riser.proxy.http.HeaderBlock;
import dev.riser.proxy.http.HeaderNames;
import dev.riser.proxy.http.HttpVersion;
import dev.riser.proxy.http.RequestHead;
import dev.riser.proxy.http.ResponseHead;
import dev.riser.proxy.http.ServerStream;
import dev.riser.proxy.http.ServerStreamListener;
import dev.riser.proxy.route.Fault;
import dev.riser.proxy.route.FilterOverrides;
import dev.riser.proxy.route.FormatContext;
import dev.riser.proxy.route.FormatVariable;
import dev.riser.proxy.route.ForwardAction;
import dev.riser.proxy.route.HeaderChanges;
import dev.riser.proxy.route.PathRules;
import dev.riser.proxy.route.RequestView;
import dev.riser.proxy.route.RetryPolicy;
import dev.riser.proxy.route.RouteMatch;
import dev.riser.proxy.route.RouteMatcher;
import dev.riser.proxy.route.RouteTable;
import dev.riser.proxy.route.VirtualHost;
import dev.riser.proxy.snapshot.CompiledCluster;
import dev.riser.proxy.snapshot.HttpConnection;
import dev.riser.proxy.snapshot.ProxySnapshot;
import dev.riser.proxy.telemetry.Answerer;
import dev.riser.proxy.telemetry.Direction;
import dev.riser.proxy.telemetry.ExchangeRecord;
import dev.riser.proxy.telemetry.HeaderLookup;
import dev.riser.proxy.telemetry.PeerDescriptor;
import dev.riser.proxy.telemetry.TraceContext;
import dev.riser.proxy.telemetry.TraceHeaders;
import dev.riser.proxy.telemetry.Tracer;
import dev.riser.proxy.tls.HandshakeFacts;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.util.AsciiString;
import java.util.ArrayDeque;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Stations 4 to 9 for one HTTP request: route, guard, balance, upstream, relay, record. Keeps the snapshot it began with.
 * Confined to the event loop of its downstream connection, on which its upstream streams live too.
 */
final class HttpExchange implements ServerStreamListener, FormatContext, HeaderLookup {
    private static final AsciiString TRACEPARENT = AsciiString.cached("traceparent");
    private static final AsciiString B3 = AsciiString.cached("b3");
    private static final AsciiString B3_TRACE = AsciiString.cached("x-b3-traceid");
    private static final AsciiString RISER = AsciiString.cached("riser");
    private static final AsciiString HTTP_1_1 = AsciiString.cached("http/1.1");
    private static final AsciiString HTTP_2 = AsciiString.cached("http/2");
    private static final AsciiString TEXT = AsciiString.cached("text/plain");
    private static final AsciiString GRPC = AsciiString.cached("application/grpc");
    private static final AsciiString ORIGINAL_PATH = AsciiString.cached("x-envoy-original-path");
    private static final AsciiString SERVICE_TIME = AsciiString.cached("x-envoy-upstream-service-time");
    private static final AsciiString OVERLOADED = AsciiString.cached("x-envoy-overloaded");
    private static final AsciiString ORIGIN = AsciiString.cached("origin");
    private static final AsciiString PREFLIGHT_METHOD = AsciiString.cached("access-control-request-method");

    /** Most body kept for another attempt or a mirror; Linkerd's bound too. A longer body is sent once. */
    private static final int MOST_KEPT = 64 * 1024;

    private final WorkloadTraffic traffic;
    private final DownstreamConnection connection;
    private final HttpConnection http;
    private final HttpRequests owner;
    private final WorkloadLoop loop;
    private final ServerStream downstream;
    private final RequestHead head;
    private final ProxySnapshot snapshot;
    private final ExchangeRecord record;
    private final ArrayDeque<ByteBuf> body = new ArrayDeque<>(0);

    private RetryState retries = RetryState.none();
    private CallerWishes.Times times = CallerWishes.Times.NONE;
    private long limit;
    private long perTryLimit;
    private HeaderChanges responseChanges = HeaderChanges.NONE;
    private @Nullable ResponseHead response;
    private @Nullable HeaderBlock requestTrailers;
    private @Nullable HeaderBlock responseTrailers;
    private @Nullable ClusterRuntime cluster;
    private RouteMatch.@Nullable Forward forward;
    private @Nullable Attempt attempt;
    private @Nullable AsciiString upgrade;
    private @Nullable CorsAnswer cors;
    private @Nullable AsciiString sourceProtocol;
    private @Nullable Future<?> deadline;
    private @Nullable Future<?> pause;
    private int bodyBytes;
    private boolean bodyGone;
    private boolean keepsBody;
    private boolean requestEnded;
    private boolean responseStarted;
    private boolean opaque;
    private boolean opaqueRequestEnded;
    private boolean opaqueResponseEnded;
    private boolean replayed;
    private boolean done;
    private long lastActivity;

    HttpExchange(
            WorkloadTraffic traffic,
            DownstreamConnection connection,
            HttpConnection http,
            HttpRequests owner,
            ServerStream downstream,
            RequestHead head,
            boolean end) {
        this.traffic = traffic;
        this.connection = connection;
        this.http = http;
        this.owner = owner;
        this.loop = connection.loop();
        this.downstream = downstream;
        this.head = head;
        this.requestEnded = end;
        this.snapshot = traffic.snapshot();
        this.record = loop.takeRecord();
        this.lastActivity = System.nanoTime();
    }

    /** The walk, in order. */
    void begin() {
        downstream.listener(this);
        describe();
        if (!normalise()) {
            return;
        }
        identify();
        RouteTable table = snapshot.table(http);
        RouteMatch match = table == null ? RouteMatch.NoRoute.NO_HOST : RouteMatcher.match(table, head, loop.random());
        FilterOverrides overrides = overrides(match);
        if (!guard(overrides) || !cross(overrides) || !limit(overrides)) {
            return;
        }
        Fault fault = http.fault() == null ? Fault.NONE : overrides.fault() == null ? http.fault() : overrides.fault();
        String target = match instanceof RouteMatch.Forward found ? found.cluster() : "";
        if (fault == Fault.NONE || !fault.concerns(head, target)) {
            act(match, table == null);
            return;
        }
        long delay = fault.delayFor(loop.random().nextLong()).toNanos();
        if (delay > 0) {
            pause = loop.eventLoop().schedule(() -> faulted(fault, match), delay, TimeUnit.NANOSECONDS);
        } else {
            faulted(fault, match);
        }
    }

    /** Instead of {@link #begin}: the request cannot even be routed. */
    void decline(FailureReason reason, String detail) {
        downstream.listener(this);
        describe();
        record.source = traffic.own();
        record.destination = PeerDescriptor.UNKNOWN;
        fail(reason, detail);
    }

    private void faulted(Fault fault, RouteMatch match) {
        if (done) {
            return;
        }
        if (!fault.aborts(loop.random().nextLong())) {
            act(match, false);
            return;
        }
        if (match instanceof RouteMatch.Forward found) {
            note(found);
        }
        record.failure = FailureReason.FAULT_ABORT;
        record.failureDetail = "fault injected by configuration";
        if (fault.abortGrpcStatus() >= 0) {
            replyGrpc(fault.abortGrpcStatus(), "fault filter abort");
        } else {
            answer(fault.abortStatus(), "fault filter abort");
        }
    }

    private static FilterOverrides overrides(RouteMatch match) {
        return switch (match) {
            case RouteMatch.Forward forward -> forward.overrides();
            case RouteMatch.Redirect redirect -> redirect.overrides();
            case RouteMatch.Direct direct -> direct.overrides();
            case RouteMatch.NoRoute none -> FilterOverrides.NONE;
        };
    }

    /** What a record says of any exchange or refusal on this connection. */
    static void describe(ExchangeRecord record, DownstreamConnection connection) {
        record.startNanos = System.nanoTime();
        record.startEpochMicros = System.currentTimeMillis() * 1000;
        record.downstreamLocal = connection.destination();
        record.downstreamRemote = connection.remote();
        record.connectionId = connection.id();
        record.requestedServerName = connection.serverName();
        HandshakeFacts tls = connection.handshake();
        record.tlsVersion = tls.version();
        record.tlsCipher = tls.cipher();
        record.tlsGroup = tls.group();
        record.downstreamPeerUri = connection.principal();
        record.downstreamLocalUri = tls.localUri();
        record.mutualTls = connection.mutualTls();
    }

    private void describe() {
        describe(record, connection);
        record.direction = connection.inbound() ? Direction.INBOUND : Direction.OUTBOUND;
        record.method = head.method();
        record.scheme = head.scheme();
        record.authority = head.authority();
        record.originalPath = head.path();
        record.protocol = head.version().text();
        record.grpc = head.isGrpc();
        record.headers = this;
        AsciiString agent = head.headers().first(HeaderNames.USER_AGENT);
        if (agent != null) {
            record.userAgent = agent;
        }
        if (requestEnded) {
            record.requestEndNanos = record.startNanos;
        }
    }

    /** One canonical path for routing, policy, logs and forwarding. False where the request was answered. */
    private boolean normalise() {
        return switch (http.paths().apply(head.path())) {
            case PathRules.Verdict verdict -> {
                if (verdict == PathRules.Verdict.REJECTED) {
                    fail(FailureReason.BAD_REQUEST, "the path has no safe reading");
                    yield false;
                }
                yield true;
            }
            case PathRules.Changed(String path) -> {
                head.path(path);
                yield true;
            }
            case PathRules.RedirectTo(String path) -> {
                HeaderBlock headers = new HeaderBlock();
                headers.append(HeaderNames.LOCATION, AsciiString.of(path));
                answer(new ResponseHead(307, headers), Unpooled.EMPTY_BUFFER);
                yield false;
            }
        };
    }

    /** Who asks, under which id, in which trace; removes what only a proxy may say. */
    private void identify() {
        HeaderBlock headers = head.headers();
        if (connection.inbound()) {
            String principal = connection.principal();
            AsciiString said = principal.isEmpty() ? null : headers.first(HeaderNames.X_RISER_PEER);
            record.source = Peers.ofHeader(said, principal);
            record.destination = traffic.own();
            sourceProtocol = principal.isEmpty() ? null : headers.first(HeaderNames.X_RISER_PROTOCOL);
        } else {
            record.source = traffic.own();
            record.destination = PeerDescriptor.UNKNOWN;
        }
        headers.remove(HeaderNames.X_RISER_PEER);
        headers.remove(HeaderNames.X_RISER_PROTOCOL);
        headers.remove(HeaderNames.X_RISER_FAILURE);
        if (!connection.outbound() || headers.contains(HeaderNames.X_FORWARDED_FOR)) {
            // The program's own word counts, not one that it may only have passed on.
            CallerWishes.distrust(headers);
        }
        forwardClientCertificate(headers);
        AsciiString id = headers.first(HeaderNames.X_REQUEST_ID);
        if (id == null && http.requestId().generate()) {
            id = loop.requestIds().next();
            headers.append(HeaderNames.X_REQUEST_ID, id);
        }
        if (id != null) {
            record.requestId = id;
        }
        if (http.useRemoteAddress() && !http.skipForwardedForAppend()) {
            CharSequence before = headers.get(HeaderNames.X_FORWARDED_FOR);
            String address = connection.remote().getAddress().getHostAddress();
            headers.set(HeaderNames.X_FORWARDED_FOR, before == null ? address : before + "," + address);
        }
        CharSequence forwarded = headers.get(HeaderNames.X_FORWARDED_FOR);
        if (forwarded != null) {
            record.forwardedFor = forwarded;
        }
        if (!headers.contains(HeaderNames.X_FORWARDED_PROTO)) {
            headers.append(HeaderNames.X_FORWARDED_PROTO, head.scheme());
        }
        trace(headers);
        AsciiString asked = head.upgrade();
        boolean allowed = asked != null && upgradeAllowed(asked);
        upgrade = allowed ? asked : null;
        HeadRules.stripHopByHop(headers, allowed);
    }

    private boolean upgradeAllowed(AsciiString asked) {
        return Boolean.TRUE.equals(http.upgrades().get(asked.toLowerCase().toString()));
    }

    private void forwardClientCertificate(HeaderBlock headers) {
        switch (http.forwardClientCert().mode()) {
            case SANITIZE -> headers.remove(HeaderNames.X_FORWARDED_CLIENT_CERT);
            case FORWARD_ONLY -> {
                if (!connection.mutualTls()) {
                    headers.remove(HeaderNames.X_FORWARDED_CLIENT_CERT);
                }
            }
            case ALWAYS_FORWARD_ONLY -> {
                // passed as it came
            }
            case APPEND_FORWARD -> {
                if (connection.mutualTls()) {
                    CharSequence before = headers.get(HeaderNames.X_FORWARDED_CLIENT_CERT);
                    String own = clientCertificate();
                    headers.set(HeaderNames.X_FORWARDED_CLIENT_CERT, before == null ? own : before + "," + own);
                } else {
                    headers.remove(HeaderNames.X_FORWARDED_CLIENT_CERT);
                }
            }
            case SANITIZE_SET -> {
                headers.remove(HeaderNames.X_FORWARDED_CLIENT_CERT);
                if (connection.mutualTls()) {
                    headers.append(HeaderNames.X_FORWARDED_CLIENT_CERT, AsciiString.of(clientCertificate()));
                }
            }
        }
    }

    private String clientCertificate() {
        return "By=" + connection.handshake().localUri() + ";URI=" + connection.principal();
    }

    private void trace(HeaderBlock headers) {
        Tracer tracer = traffic.telemetry().tracer();
        if (tracer == Tracer.OFF
                && !headers.contains(TRACEPARENT)
                && !headers.contains(B3)
                && !headers.contains(B3_TRACE)) {
            return;
        }
        TraceContext context = tracer.begin(name -> headers.first(AsciiString.of(name)));
        record.trace = context;
        if (context.present()) {
            context.writeTo(new TraceHeaders() {
                @Override
                public void set(String name, String value) {
                    headers.set(AsciiString.of(name), value);
                }

                @Override
                public void remove(String name) {
                    headers.remove(AsciiString.of(name));
                }
            });
        }
    }

    private boolean guard(FilterOverrides overrides) {
        AccessDecision decision = Guard.check(http.rbac(), overrides.access(), connection, head, ShadowObserver.NONE);
        if (decision instanceof AccessDecision.Denied denied) {
            record.deniedBy = denied.policy();
            traffic.denied(connection, head, denied.policy());
            if (connection.inbound()) {
                record.service = traffic.ownService();
            }
            fail(FailureReason.DENIED_BY_POLICY, "RBAC: access denied");
            return false;
        }
        return true;
    }

    /** CORS (Fetch standard); answers preflights. False where the request was answered. */
    private boolean cross(FilterOverrides overrides) {
        AsciiString origin =
                http.corsFilter() && overrides.cors() != null ? head.headers().first(ORIGIN) : null;
        if (origin == null) {
            return true;
        }
        CorsAnswer answer = CorsAnswer.of(java.util.Objects.requireNonNull(overrides.cors()), origin);
        boolean preflight =
                head.method().contentEquals("OPTIONS") && head.headers().contains(PREFLIGHT_METHOD);
        if (preflight
                && (answer != null
                        || !java.util.Objects.requireNonNull(overrides.cors()).forwardNotMatchingPreflights())) {
            HeaderBlock headers = new HeaderBlock();
            if (answer != null) {
                answer.preflight(headers);
            }
            answer(new ResponseHead(200, headers), Unpooled.EMPTY_BUFFER);
            return false;
        }
        cors = answer;
        return true;
    }

    private boolean limit(FilterOverrides overrides) {
        var limit = http.rateLimit() == null
                ? null
                : overrides.rateLimit() == null ? http.rateLimit() : overrides.rateLimit();
        if (limit == null || traffic.rateLimits().take(limit, loop.random())) {
            return true;
        }
        record.failure = FailureReason.RATE_LIMITED;
        record.failureDetail = "local rate limit";
        answer(limit.status(), "local_rate_limited");
        return false;
    }

    private void act(RouteMatch match, boolean tableMissing) {
        switch (match) {
            case RouteMatch.Forward found -> forward(found);
            case RouteMatch.Redirect redirect -> {
                record.routeName = redirect.route().name();
                record.routeOrigin = redirect.route().origin().text();
                HeaderBlock headers = new HeaderBlock();
                headers.append(HeaderNames.LOCATION, AsciiString.of(redirect.location()));
                responseChanges = redirect.responseChanges();
                answer(new ResponseHead(redirect.status(), headers), Unpooled.EMPTY_BUFFER);
            }
            case RouteMatch.Direct direct -> {
                record.routeName = direct.route().name();
                record.routeOrigin = direct.route().origin().text();
                responseChanges = direct.responseChanges();
                HeaderBlock headers = new HeaderBlock();
                if (direct.body().length > 0) {
                    headers.append(HeaderNames.CONTENT_TYPE, TEXT);
                }
                answer(new ResponseHead(direct.status(), headers), Unpooled.wrappedBuffer(direct.body()));
            }
            case RouteMatch.NoRoute none ->
                fail(
                        FailureReason.NO_ROUTE,
                        tableMissing ? "the route table has not arrived" : "no route matches " + head.authority());
        }
    }

    private void note(RouteMatch.Forward found) {
        record.routeName = found.route().name();
        record.routeOrigin = found.route().origin().text();
        record.clusterName = found.cluster();
        ClusterRuntime runtime = traffic.clusters().get(found.cluster());
        if (runtime != null) {
            record.service = connection.inbound() && runtime.service().host().isEmpty()
                    ? traffic.ownService()
                    : runtime.service();
        }
    }

    private void forward(RouteMatch.Forward found) {
        note(found);
        forward = found;
        ForwardAction action = found.action();
        ClusterRuntime runtime = traffic.clusters().get(found.cluster());
        if (runtime == null) {
            record.failure = FailureReason.NO_CLUSTER;
            record.failureDetail = "cluster " + found.cluster() + " is not known";
            answer(action.clusterNotFoundStatus(), record.failureDetail);
            return;
        }
        cluster = runtime;
        responseChanges = found.responseChanges();
        if (upgrade != null && !allowedByRoute(action, upgrade)) {
            upgrade = null;
            HeadRules.stripHopByHop(head.headers(), false);
        }
        times = CallerWishes.times(head.headers());
        Long asked = times.total();
        limit = asked == null ? timeoutNanos(action) : asked;
        found.requestChanges().apply(head.headers(), this);
        CharSequence path = action.pathRewrite().apply(found.route().path(), head.path());
        CharSequence host = found.hostRewrite().rewrite(head, "");
        if (path != head.path()) {
            if (!http.suppressEnvoyHeaders()) {
                head.headers().set(ORIGINAL_PATH, head.path());
            }
            head.path(path);
            record.path = head.path();
        }
        if (host != null) {
            head.authority(host);
        }
        CircuitBreaker breaker = runtime.state().breaker(action.highPriority());
        RetryPolicy policy = CallerWishes.retries(head.headers(), action.retry());
        perTryLimit = perTryNanos(policy);
        if (!http.suppressEnvoyHeaders()) {
            CallerWishes.expect(head.headers(), perTryLimit > 0 ? perTryLimit : limit);
        }
        retries = RetryState.of(policy, head, breaker, loop.random());
        keepsBody = retries != RetryState.none() || !action.mirrors().isEmpty();
        if (requestEnded) {
            requestComplete();
        }
        if (!done) {
            attempt();
        }
    }

    private static boolean allowedByRoute(ForwardAction action, AsciiString protocol) {
        for (ForwardAction.Upgrade each : action.upgrades()) {
            if (protocol.contentEqualsIgnoreCase(each.protocol())) {
                return each.enabled();
            }
        }
        return true;
    }

    /** The request is in: its time limit begins (Envoy counts from here), and mirrors get their copy. */
    private void requestComplete() {
        RouteMatch.Forward found = forward;
        if (found == null || deadline != null) {
            return;
        }
        if (limit > 0) {
            deadline = loop.eventLoop().schedule(this::timedOut, limit, TimeUnit.NANOSECONDS);
        }
        for (ForwardAction.Mirror mirror : found.action().mirrors()) {
            if (!bodyGone && mirror.fraction().selects(loop.random().nextLong())) {
                MirrorExchange.send(traffic, connection, mirror, head, body);
            }
        }
    }

    /** 0 where an attempt may take as long as the whole. */
    private long perTryNanos(RetryPolicy policy) {
        Long asked = times.perTry();
        long perTry = asked == null ? policy.perTryTimeout().toNanos() : asked;
        return limit > 0 && perTry >= limit ? 0 : perTry;
    }

    private long timeoutNanos(ForwardAction action) {
        long route = action.timeout().toNanos();
        if (action.grpcTimeoutMax() != null && record.grpc) {
            long asked = GrpcTimeout.nanos(head.headers().first(GrpcTimeout.NAME));
            long most = action.grpcTimeoutMax().toNanos();
            if (asked > 0) {
                long offset = Math.max(1, asked - action.grpcTimeoutOffset().toNanos());
                return most > 0 ? Math.min(offset, most) : offset;
            }
        }
        return route;
    }

    private void timedOut() {
        if (done) {
            return;
        }
        Attempt current = attempt;
        if (current != null) {
            current.timedOut();
        }
        breakOff(FailureReason.DEADLINE, "the route's timeout passed");
    }

    private void attempt() {
        ClusterRuntime runtime = java.util.Objects.requireNonNull(cluster);
        RouteMatch.Forward found = java.util.Objects.requireNonNull(forward);
        pause = null;
        switch (runtime.choose(loop.random(), retries, connection.destination())) {
            case ClusterRuntime.Choice.None(FailureReason reason) ->
                fail(reason, "cluster " + runtime.config().name() + " has no endpoint to send to");
            case ClusterRuntime.Choice.Chosen(Upstream upstream) -> {
                CircuitBreaker breaker = runtime.state().breaker(found.action().highPriority());
                if (!breaker.tryAcquire(CircuitBreaker.Resource.REQUESTS)) {
                    traffic.process()
                            .proxyMetrics()
                            .circuitOpen(runtime.config().name());
                    fail(
                            FailureReason.CIRCUIT_OPEN,
                            "the request limit of " + runtime.config().name() + " is reached");
                    return;
                }
                record.attempts++;
                Attempt next = new Attempt(upstream, breaker);
                attempt = next;
                next.start();
            }
        }
    }

    private UpstreamPools.Wire wire(Upstream upstream) {
        if (upgrade != null) {
            return UpstreamPools.Wire.HTTP1;
        }
        CompiledCluster.HttpVersion version = upstream.cluster().http().version();
        if (upstream.mutualTls() && version != CompiledCluster.HttpVersion.HTTP1) {
            return UpstreamPools.Wire.HTTP2;
        }
        return switch (version) {
            case HTTP1, NEGOTIATED -> UpstreamPools.Wire.HTTP1;
            case HTTP2 -> UpstreamPools.Wire.HTTP2;
            case AS_DOWNSTREAM -> {
                AsciiString told = sourceProtocol;
                boolean two = told == null ? head.version() == HttpVersion.HTTP_2 : told.equals(HTTP_2);
                yield two ? UpstreamPools.Wire.HTTP2 : UpstreamPools.Wire.HTTP1;
            }
        };
    }

    // ---- the client's side

    @Override
    public void onData(ByteBuf data, boolean end) {
        lastActivity = System.nanoTime();
        if (done) {
            data.release();
            return;
        }
        record.bytesReceived += data.readableBytes();
        Attempt current = attempt;
        if (opaque) {
            opaqueRequestEnded |= end;
            if (current != null && current.stream != null) {
                current.stream.data(data, end);
                throttleClient(current.stream);
            } else {
                data.release();
            }
            endIfOpaqueEnded();
            return;
        }
        if (end) {
            requestEnded = true;
            record.requestEndNanos = lastActivity;
        }
        ClientStream stream = current == null || !current.headSent ? null : current.stream;
        boolean keep = stream == null || keepsBody && !bodyGone;
        if (keep && bodyBytes + data.readableBytes() > MOST_KEPT && stream != null) {
            dropBody();
            keep = false;
        }
        if (keep && data.isReadable()) {
            bodyBytes += data.readableBytes();
            body.add(stream == null ? data : data.retainedDuplicate());
            if (stream == null && bodyBytes > MOST_KEPT) {
                downstream.readable(false);
            }
        } else if (stream == null) {
            data.release();
        }
        if (stream != null) {
            stream.data(data, end);
            throttleClient(stream);
        }
        if (end) {
            requestComplete();
        }
    }

    private void throttleClient(ClientStream stream) {
        if (!stream.writable()) {
            downstream.readable(false);
        }
    }

    private void dropBody() {
        bodyGone = true;
        ByteBuf kept;
        while ((kept = body.poll()) != null) {
            kept.release();
        }
    }

    @Override
    public void onTrailers(HeaderBlock trailers) {
        if (done) {
            return;
        }
        requestEnded = true;
        record.requestEndNanos = System.nanoTime();
        requestTrailers = trailers;
        Attempt current = attempt;
        if (current != null && current.headSent && current.stream != null) {
            current.stream.trailers(trailers);
        }
        requestComplete();
    }

    @Override
    public void onReset() {
        if (done) {
            return;
        }
        record.failure = FailureReason.CLIENT_GONE;
        record.failureDetail = "the client went away";
        Attempt current = attempt;
        if (current != null) {
            current.abandon();
        }
        complete();
    }

    @Override
    public void onWritable() {
        Attempt current = attempt;
        if (current != null && current.stream != null) {
            current.stream.readable(true);
        }
    }

    void endIfIdle(long now, long limit) {
        if (!done && now - lastActivity > limit) {
            breakOff(FailureReason.STREAM_IDLE, "nothing moved on the stream for too long");
        }
    }

    // ---- answers

    /** Ends the exchange with a failure: an answer where none has begun, else a reset that the client can see. */
    private void breakOff(FailureReason reason, String detail) {
        Attempt current = attempt;
        if (current != null) {
            current.abandon();
        }
        if (responseStarted) {
            record.failure = reason;
            record.failureDetail = detail;
            downstream.reset();
            complete();
        } else {
            fail(reason, detail);
        }
    }

    private void fail(FailureReason reason, String detail) {
        record.failure = reason;
        record.failureDetail = detail;
        if (reason == FailureReason.DEADLINE && times.noContent() && !record.grpc) {
            answer(new ResponseHead(204, new HeaderBlock()), Unpooled.EMPTY_BUFFER);
            return;
        }
        answer(reason.status() == 0 ? 503 : reason.status(), reason.name() + ": " + detail);
    }

    private void answer(int status, String text) {
        if (record.grpc) {
            replyGrpc(GrpcStatus.ofHttp(status), text);
            return;
        }
        HeaderBlock headers = new HeaderBlock();
        headers.append(HeaderNames.CONTENT_TYPE, TEXT);
        byte[] bytes = (text + "\n").getBytes(java.nio.charset.StandardCharsets.UTF_8);
        answer(new ResponseHead(status, headers), Unpooled.wrappedBuffer(bytes));
    }

    private void replyGrpc(int grpcStatus, String text) {
        HeaderBlock headers = new HeaderBlock();
        headers.append(HeaderNames.CONTENT_TYPE, GRPC);
        headers.append(HeaderNames.GRPC_STATUS, AsciiString.of(Integer.toString(grpcStatus)));
        headers.append(HeaderNames.GRPC_MESSAGE, AsciiString.of(GrpcStatus.escape(text)));
        record.grpcStatus = grpcStatus;
        answer(new ResponseHead(200, headers), Unpooled.EMPTY_BUFFER);
    }

    /** Answers in the name of the proxy and ends the exchange. */
    private void answer(ResponseHead made, ByteBuf text) {
        if (done || responseStarted) {
            text.release();
            return;
        }
        HeaderBlock headers = made.headers();
        FailureReason failure = record.failure;
        if (failure != null) {
            headers.append(HeaderNames.X_RISER_FAILURE, AsciiString.of(failure.name()));
            headers.append(HeaderNames.X_RISER_HOP, AsciiString.of(traffic.hop(connection.inbound())));
            if (failure == FailureReason.CIRCUIT_OPEN || failure == FailureReason.OVERLOADED) {
                headers.append(OVERLOADED, AsciiString.cached("true"));
            }
            if (!record.requestId.isEmpty()) {
                headers.append(HeaderNames.X_REQUEST_ID, AsciiString.of(record.requestId));
            }
        }
        response = made;
        record.responseCode = made.status();
        record.answeredBy = Answerer.PROXY;
        finishHead(headers);
        responseStarted = true;
        record.firstByteNanos = System.nanoTime();
        boolean head204 = made.status() == 204 || made.status() == 304;
        if (text.isReadable() && !head204) {
            headers.set(HeaderNames.CONTENT_LENGTH, Integer.toString(text.readableBytes()));
            record.bytesSent += text.readableBytes();
            if (head.method().contentEquals("HEAD")) {
                text.release();
                downstream.respond(made, true);
            } else {
                downstream.respond(made, false);
                downstream.data(text, true);
            }
        } else {
            text.release();
            downstream.respond(made, true);
        }
        complete();
    }

    private void finishHead(HeaderBlock headers) {
        responseChanges.apply(headers, this);
        CorsAnswer allowed = cors;
        if (allowed != null) {
            allowed.response(headers);
        }
        if (http.requestId().alwaysInResponse() && !record.requestId.isEmpty()) {
            headers.set(HeaderNames.X_REQUEST_ID, record.requestId);
        }
        CharSequence name = http.serverName().isEmpty() ? RISER : http.serverName();
        switch (http.serverHeader()) {
            case OVERWRITE -> headers.set(HeaderNames.SERVER, name);
            case APPEND_IF_ABSENT -> {
                if (!headers.contains(HeaderNames.SERVER)) {
                    headers.add(HeaderNames.SERVER, name);
                }
            }
            case PASS_THROUGH -> {
                // the application's own, or none
            }
        }
    }

    private void endIfOpaqueEnded() {
        if (opaqueRequestEnded && opaqueResponseEnded) {
            complete();
        }
    }

    /** Station 9, exactly once. */
    private void complete() {
        if (done) {
            return;
        }
        done = true;
        cancel(deadline);
        cancel(pause);
        Attempt current = attempt;
        if (current != null) {
            current.settle();
        }
        retries.close();
        dropBody();
        record.endNanos = System.nanoTime();
        HeaderBlock trailers = responseTrailers;
        ResponseHead made = response;
        if (record.grpc && record.grpcStatus == ExchangeRecord.NO_GRPC_STATUS) {
            AsciiString status = trailers == null ? null : trailers.first(HeaderNames.GRPC_STATUS);
            if (status == null && made != null) {
                status = made.headers().first(HeaderNames.GRPC_STATUS);
            }
            record.grpcStatus = GrpcStatus.parse(status);
        }
        loop.telemetry().record(record, owner.accessLogs());
        loop.giveBack(record);
        owner.ended(this);
    }

    private static void cancel(@Nullable Future<?> timer) {
        if (timer != null) {
            timer.cancel(false);
        }
    }

    // ---- facts for formats and logs

    @Override
    public RequestView request() {
        return head;
    }

    @Override
    public @Nullable CharSequence responseHeader(AsciiString lowerCaseName) {
        ResponseHead made = response;
        return made == null ? null : made.headers().get(lowerCaseName);
    }

    @Override
    public @Nullable CharSequence value(FormatVariable variable) {
        return ExchangeFacts.value(variable, record);
    }

    @Override
    public @Nullable CharSequence request(String name) {
        return switch (name) {
            case ":method" -> head.method();
            case ":path" -> head.path();
            case ":authority" -> head.authority();
            case ":scheme" -> head.scheme();
            default -> head.headers().get(AsciiString.of(name));
        };
    }

    @Override
    public @Nullable CharSequence response(String name) {
        return responseHeader(AsciiString.of(name));
    }

    @Override
    public @Nullable CharSequence trailer(String name) {
        HeaderBlock trailers = responseTrailers;
        return trailers == null ? null : trailers.get(AsciiString.of(name));
    }

    /** Stations 6 to 8 once: one endpoint, one stream. */
    private final class Attempt implements UpstreamPools.Waiter, ClientStreamListener, RetryState.ResponseView {
        private final Upstream upstream;
        private final CircuitBreaker breaker;
        private @Nullable ClientStream stream;
        private @Nullable Future<?> perTry;
        private @Nullable ResponseHead answered;
        private boolean headSent;
        private boolean reused;
        private boolean settled;
        private boolean over;

        Attempt(Upstream upstream, CircuitBreaker breaker) {
            this.upstream = upstream;
            this.breaker = breaker;
        }

        void start() {
            upstream.host().requestStarted();
            retries.attempt(upstream.host());
            if (perTryLimit > 0) {
                perTry = loop.eventLoop().schedule(this::tryTimedOut, perTryLimit, TimeUnit.NANOSECONDS);
            }
            loop.pools().open(upstream, wire(upstream), connection.reach(), this);
        }

        private void tryTimedOut() {
            if (over || responseStarted) {
                return;
            }
            timedOut();
            abandon();
            retryOr(RetryState.AttemptFailure.RESET, FailureReason.DEADLINE, "the attempt's timeout passed");
        }

        void timedOut() {
            upstream.runtime().state().outlier().onFailure(upstream.host(), Outcome.TIMED_OUT);
        }

        /** Gives back the permit and the host's count; the outcome of the stream no longer matters. */
        void settle() {
            if (settled) {
                return;
            }
            settled = true;
            cancel(perTry);
            upstream.host().requestFinished();
            breaker.release(CircuitBreaker.Resource.REQUESTS);
        }

        void abandon() {
            over = true;
            ClientStream open = stream;
            if (open != null) {
                open.reset();
            }
            settle();
        }

        @Override
        public boolean goesElsewhere() {
            return !bodyGone && retries.goesElsewhere();
        }

        @Override
        public boolean gone() {
            return over || done;
        }

        @Override
        public ClientStreamListener listener() {
            return this;
        }

        @Override
        public void failed(FailureReason reason, String detail) {
            if (over || done) {
                return;
            }
            over = true;
            settle();
            boolean overflow = reason == FailureReason.POOL_FULL;
            if (!overflow) {
                upstream.runtime()
                        .state()
                        .outlier()
                        .onFailure(
                                upstream.host(),
                                reason == FailureReason.CONNECT_TIMEOUT
                                        ? Outcome.CONNECT_TIMED_OUT
                                        : Outcome.CONNECT_FAILED);
            }
            record.upstreamHost = upstream.address();
            record.upstreamTransportFailure = detail;
            retryOr(overflow ? RetryState.AttemptFailure.OVERFLOW : RetryState.AttemptFailure.CONNECT, reason, detail);
        }

        @Override
        public void opened(ClientStream opened, HandshakeFacts facts, boolean wasUsed) {
            stream = opened;
            reused = wasUsed;
            if (over || done) {
                opened.reset();
                return;
            }
            upstream.runtime().state().outlier().onConnected(upstream.host());
            describe(opened, facts);
            RouteMatch.Forward found = java.util.Objects.requireNonNull(forward);
            boolean mayRepeat = keepsBody || retries != RetryState.none() || !replayed;
            RequestHead sent = mayRepeat ? head.copy() : head;
            VirtualHost host = found.virtualHost();
            if (host.includeAttemptCount()) {
                sent.headers().set(HeaderNames.X_ATTEMPT_COUNT, Integer.toString(record.attempts));
            }
            if (!upstream.hostname().isEmpty()) {
                CharSequence rewritten = found.hostRewrite().rewrite(head, upstream.hostname());
                if (rewritten != null) {
                    sent.authority(rewritten);
                }
            }
            if (upstream.mutualTls()) {
                sent.headers().append(HeaderNames.X_RISER_PEER, traffic.peerHeaderText());
                sent.headers()
                        .append(HeaderNames.X_RISER_PROTOCOL, head.version() == HttpVersion.HTTP_2 ? HTTP_2 : HTTP_1_1);
            }
            boolean whole = requestEnded && body.isEmpty() && requestTrailers == null;
            record.upstreamFirstSentNanos = System.nanoTime();
            headSent = true;
            opened.request(sent, whole || upgrade != null && body.isEmpty() && requestEnded);
            if (!whole && !over) {
                sendKept(opened);
            }
        }

        private void describe(ClientStream opened, HandshakeFacts facts) {
            record.upstreamHost = upstream.address();
            record.upstreamLocal = opened.channel().localAddress();
            record.upstreamProtocol = wire(upstream) == UpstreamPools.Wire.HTTP2 ? "HTTP/2" : "HTTP/1.1";
            record.upstreamTlsVersion = facts.version();
            record.upstreamTlsCipher = facts.cipher();
            record.upstreamPeerUri = facts.peerUri();
            record.upstreamLocalUri = facts.localUri();
            if (!connection.inbound()) {
                record.mutualTls = upstream.mutualTls();
                record.destination = Peers.proven(upstream.peer(), upstream.mutualTls() ? facts.peerUri() : "");
            }
        }

        private void sendKept(ClientStream opened) {
            HeaderBlock trailers = requestTrailers;
            int left = body.size();
            boolean keep = keepsBody && !bodyGone && bodyBytes <= MOST_KEPT;
            if (keep) {
                for (ByteBuf piece : body) {
                    left--;
                    opened.data(piece.retainedDuplicate(), left == 0 && requestEnded && trailers == null);
                }
            } else {
                ByteBuf piece;
                while ((piece = body.poll()) != null) {
                    left--;
                    opened.data(piece, left == 0 && requestEnded && trailers == null);
                }
                bodyGone = bodyGone || bodyBytes > 0;
            }
            if (trailers != null) {
                opened.trailers(trailers);
            } else if (requestEnded && bodyBytes == 0 && upgrade == null) {
                opened.data(Unpooled.EMPTY_BUFFER, true);
            }
            if (!requestEnded && opened.writable()) {
                downstream.readable(true);
            }
        }

        // ---- the server's side

        @Override
        public int status() {
            return answered == null ? 0 : answered.status();
        }

        @Override
        public @Nullable CharSequence header(AsciiString lowerCaseName) {
            if (answered == null
                    // Only another proxy of the mesh is believed about what became of a request.
                    || (!upstream.mutualTls() && HeaderNames.X_RISER_FAILURE.equals(lowerCaseName))) {
                return null;
            }
            return answered.headers().get(lowerCaseName);
        }

        @Override
        public void onResponse(ResponseHead made, boolean end) {
            lastActivity = System.nanoTime();
            if (over || done) {
                return;
            }
            if (made.informational()) {
                if (made.status() != 100) {
                    downstream.respond(made, false);
                }
                return;
            }
            answered = made;
            record.upstreamFirstByteNanos = lastActivity;
            upstream.runtime().state().outlier().onResponse(upstream.host(), made.status());
            if (retries != RetryState.none()) {
                switch (retries.onResponse(this, !bodyGone)) {
                    case RetryState.RetryAfter(long nanos) -> {
                        abandonFor(nanos, end);
                        return;
                    }
                    case RetryState.Stop stop -> stopped(stop);
                }
            }
            commit(made, end);
        }

        private void abandonFor(long nanos, boolean end) {
            over = true;
            ClientStream open = stream;
            if (open != null && !end) {
                open.reset();
            }
            settle();
            again(nanos);
        }

        private void commit(ResponseHead made, boolean end) {
            HeaderBlock headers = made.headers();
            boolean fromProxy = upstream.mutualTls() && headers.contains(HeaderNames.X_RISER_FAILURE);
            if (!fromProxy) {
                headers.remove(HeaderNames.X_RISER_FAILURE);
                headers.remove(HeaderNames.X_RISER_HOP);
            }
            response = made;
            record.responseCode = made.status();
            record.answeredBy = fromProxy ? Answerer.PROXY : Answerer.APPLICATION;
            if (!http.suppressEnvoyHeaders()) {
                headers.set(SERVICE_TIME, Long.toString((lastActivity - record.upstreamFirstSentNanos) / 1_000_000));
            }
            finishHead(headers);
            responseStarted = true;
            record.firstByteNanos = lastActivity;
            cancel(perTry);
            if (made.status() == 101) {
                opaque = true;
                cancel(deadline);
                downstream.respond(made, false);
                downstream.becomeOpaque();
                return;
            }
            downstream.respond(made, end);
            if (end) {
                endOfResponse();
            }
        }

        private void endOfResponse() {
            over = true;
            record.upstreamLastByteNanos = lastActivity;
            ClientStream open = stream;
            if (open != null && !requestEnded) {
                open.reset();
            }
            complete();
        }

        @Override
        public void onData(ByteBuf data, boolean end) {
            lastActivity = System.nanoTime();
            if (over || done) {
                data.release();
                return;
            }
            record.bytesSent += data.readableBytes();
            downstream.data(data, end);
            ClientStream open = stream;
            if (!end && open != null && !downstream.writable()) {
                open.readable(false);
            }
            if (opaque) {
                opaqueResponseEnded |= end;
                endIfOpaqueEnded();
            } else if (end) {
                endOfResponse();
            }
        }

        @Override
        public void onTrailers(HeaderBlock trailers) {
            lastActivity = System.nanoTime();
            if (over || done) {
                return;
            }
            responseTrailers = trailers;
            downstream.trailers(trailers);
            endOfResponse();
        }

        @Override
        public void onReset(FailureReason reason, boolean unprocessed, String detail) {
            if (over || done) {
                return;
            }
            over = true;
            settle();
            if (responseStarted) {
                record.failure = reason;
                record.failureDetail = detail;
                downstream.reset();
                complete();
                return;
            }
            boolean race = (reused || connection.inbound())
                    && !replayed
                    && record.bytesReceived == 0
                    && requestEnded
                    && repeatable();
            if (race) {
                // A server may close an idle connection as we begin to use it, and one that ends resets those that it
                // has
                // not yet accepted; RFC 9110 section 9.2.2 allows to repeat.
                replayed = true;
                again(0);
                return;
            }
            upstream.runtime().state().outlier().onFailure(upstream.host(), Outcome.RESET);
            retryOr(
                    unprocessed
                            ? RetryState.AttemptFailure.REFUSED_STREAM
                            : headSent
                                    ? RetryState.AttemptFailure.RESET
                                    : RetryState.AttemptFailure.RESET_BEFORE_REQUEST,
                    reason,
                    detail);
        }

        /** Idempotent by RFC 9110 section 9.2.2. */
        private boolean repeatable() {
            AsciiString method = head.method();
            return method.contentEquals("GET")
                    || method.contentEquals("HEAD")
                    || method.contentEquals("OPTIONS")
                    || method.contentEquals("PUT")
                    || method.contentEquals("DELETE");
        }

        @Override
        public void onWritable() {
            if (!done) {
                downstream.readable(true);
            }
        }

        private void retryOr(RetryState.AttemptFailure failure, FailureReason reason, String detail) {
            switch (retries.onFailure(failure, !bodyGone)) {
                case RetryState.RetryAfter(long nanos) -> again(nanos);
                case RetryState.Stop stop -> {
                    stopped(stop);
                    fail(reason, detail);
                }
            }
        }

        private void stopped(RetryState.Stop stop) {
            if (stop == RetryState.Stop.BUDGET_EXHAUSTED) {
                traffic.process().proxyMetrics().retryRefused(upstream.cluster().name());
            }
        }

        private void again(long nanos) {
            traffic.process().proxyMetrics().retried(upstream.cluster().name());
            attempt = null;
            pause = loop.eventLoop()
                    .schedule(
                            () -> {
                                if (!done) {
                                    HttpExchange.this.attempt();
                                }
                            },
                            nanos,
                            TimeUnit.NANOSECONDS);
        }
    }
}
