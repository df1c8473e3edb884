package dev.riser.proxy.admin;

import com.google.protobuf.ListValue;
import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.QueryStringDecoder;
import io.netty.handler.timeout.IdleStateEvent;
import io.netty.util.NetUtil;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.Logger;

/** Answers the requests of one admin connection. */
final class AdminHandler extends SimpleChannelInboundHandler<FullHttpRequest> {
    /** Prometheus's text format. */
    static final String METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8";

    private static final String TEXT_TYPE = "text/plain; charset=utf-8";
    private static final String JSON_TYPE = "application/json";
    private static final List<String> LEVELS =
            List.of("trace", "debug", "info", "warning", "warn", "error", "critical", "off");

    private static final String HELP = """
            GET  /ready, /healthz/ready   whether traffic can be carried
            GET  /stats                   counters, one a line
            GET  /metrics                 metrics for Prometheus; also /stats/prometheus
            GET  /config_dump             the configuration in force
            GET  /clusters                clusters and their endpoints
            GET  /certs                   certificates
            GET  /listeners               listeners
            GET  /workloads               workloads served
            POST /logging?level=debug     sets the log level
            POST /drain                   takes no new connections, ends when the open ones have
            POST /quitquitquit            ends the process
            """;

    private final AdminView view;
    private final AdminServer.Pages pages;

    AdminHandler(AdminView view, AdminServer.Pages pages) {
        this.view = view;
        this.pages = pages;
    }

    private record Reply(HttpResponseStatus status, String type, String body, Runnable afterwards) {
        static Reply text(HttpResponseStatus status, String body) {
            return new Reply(status, TEXT_TYPE, body.endsWith("\n") ? body : body + "\n", () -> {});
        }

        static Reply json(String body) {
            return new Reply(HttpResponseStatus.OK, JSON_TYPE, body, () -> {});
        }
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, FullHttpRequest request) {
        boolean head = HttpMethod.HEAD.equals(request.method());
        reply(request).handle((reply, failure) -> {
            Reply sent = failure == null
                    ? reply
                    : Reply.text(HttpResponseStatus.INTERNAL_SERVER_ERROR, "this page failed: " + failure.getMessage());
            context.executor().execute(() -> send(context, sent, head));
            return null;
        });
    }

    private static void send(ChannelHandlerContext context, Reply reply, boolean head) {
        byte[] body = reply.body().getBytes(StandardCharsets.UTF_8);
        DefaultFullHttpResponse response = new DefaultFullHttpResponse(
                HttpVersion.HTTP_1_1, reply.status(), Unpooled.wrappedBuffer(head ? new byte[0] : body));
        response.headers()
                .set(HttpHeaderNames.CONTENT_TYPE, reply.type())
                .set(HttpHeaderNames.CONTENT_LENGTH, body.length)
                .set(HttpHeaderNames.SERVER, "riser")
                .set(HttpHeaderNames.CACHE_CONTROL, "no-store")
                .set("x-content-type-options", "nosniff");
        context.writeAndFlush(response).addListener(sent -> reply.afterwards().run());
    }

    private CompletionStage<Reply> reply(FullHttpRequest request) {
        if (request.decoderResult().isFailure()) {
            return done(Reply.text(HttpResponseStatus.BAD_REQUEST, "the request could not be read"));
        }
        QueryStringDecoder uri = new QueryStringDecoder(request.uri());
        String path = uri.path();
        boolean reads = HttpMethod.GET.equals(request.method()) || HttpMethod.HEAD.equals(request.method());
        switch (path) {
            case "/ready", "/healthz/ready" -> {
                return done(reads ? readiness() : onlyBy("GET"));
            }
            default -> {}
        }
        if (pages == AdminServer.Pages.HEALTH) {
            return done(missing(path));
        }
        switch (path) {
            case "/metrics", "/stats/prometheus" -> {
                return reads
                        ? view.prometheus()
                                .thenApply(text -> new Reply(HttpResponseStatus.OK, METRICS_TYPE, text, () -> {}))
                        : done(onlyBy("GET"));
            }
            default -> {}
        }
        if (pages == AdminServer.Pages.METRICS) {
            return done(missing(path));
        }
        Optional<Reply> refusal = refuseStrangers(request);
        if (refusal.isPresent()) {
            return done(refusal.get());
        }
        return reads ? read(path) : done(change(request, uri, path));
    }

    private CompletionStage<Reply> read(String path) {
        return switch (path) {
            case "/", "/help" -> done(Reply.text(HttpResponseStatus.OK, HELP));
            case "/stats" -> view.stats().thenApply(text -> Reply.text(HttpResponseStatus.OK, text));
            case "/config_dump" -> done(Reply.json(view.configDump()));
            case "/clusters" -> done(Reply.text(HttpResponseStatus.OK, view.clusters()));
            case "/certs" -> done(Reply.json(view.certificates()));
            case "/listeners" -> done(Reply.text(HttpResponseStatus.OK, view.listeners()));
            case "/workloads" -> done(Reply.json(workloads()));
            case "/logging" -> done(Reply.text(HttpResponseStatus.OK, "level: " + logLevel()));
            case "/drain", "/quitquitquit" -> done(onlyBy("POST"));
            default -> done(missing(path));
        };
    }

    private Reply change(FullHttpRequest request, QueryStringDecoder uri, String path) {
        if (!HttpMethod.POST.equals(request.method())) {
            return onlyBy("GET or POST");
        }
        return switch (path) {
            case "/drain" -> new Reply(HttpResponseStatus.OK, TEXT_TYPE, "draining\n", view::drain);
            case "/quitquitquit" -> new Reply(HttpResponseStatus.OK, TEXT_TYPE, "ending\n", view::quit);
            case "/logging" -> setLogLevel(uri);
            case "/", "/help", "/stats", "/config_dump", "/clusters", "/certs", "/listeners", "/workloads" ->
                onlyBy("GET");
            default -> missing(path);
        };
    }

    /**
     * A page in a browser can reach loopback, by a host name of its own that resolves there or by a form: such requests carry
     * a foreign Host or an Origin, which operators' tools do not.
     */
    private static Optional<Reply> refuseStrangers(FullHttpRequest request) {
        String host = request.headers().get(HttpHeaderNames.HOST, "");
        String name = host.startsWith("[")
                ? host.substring(1, Math.max(1, host.indexOf(']')))
                : host.replaceFirst(":\\d+$", "");
        boolean known = name.isEmpty()
                || name.equalsIgnoreCase("localhost")
                || NetUtil.isValidIpV4Address(name)
                || NetUtil.isValidIpV6Address(name);
        if (!known || request.headers().contains(HttpHeaderNames.ORIGIN)) {
            return Optional.of(Reply.text(
                    HttpResponseStatus.FORBIDDEN, "the admin server answers only under its address or localhost"));
        }
        return Optional.empty();
    }

    private Reply readiness() {
        return switch (view.readiness()) {
            case AdminView.Readiness.Ready ready -> Reply.text(HttpResponseStatus.OK, "LIVE");
            case AdminView.Readiness.NotReady notReady ->
                Reply.text(HttpResponseStatus.SERVICE_UNAVAILABLE, notReady.reason());
        };
    }

    private String workloads() {
        ListValue.Builder list = ListValue.newBuilder();
        for (AdminView.WorkloadSummary workload : view.workloads()) {
            list.addValues(Value.newBuilder().setStructValue(Json.workload(workload)));
        }
        return Json.print(Struct.newBuilder()
                .putFields("workloads", Value.newBuilder().setListValue(list).build())
                .build());
    }

    private static Reply setLogLevel(QueryStringDecoder uri) {
        String wanted = String.join("", uri.parameters().getOrDefault("level", List.of()))
                .toLowerCase(Locale.ROOT);
        if (!LEVELS.contains(wanted)) {
            return Reply.text(
                    HttpResponseStatus.BAD_REQUEST,
                    "level '%s' is none of %s".formatted(wanted, String.join(", ", LEVELS)));
        }
        Level level = switch (wanted) {
            case "trace" -> Level.FINER;
            case "debug" -> Level.FINE;
            case "info" -> Level.INFO;
            case "warning", "warn" -> Level.WARNING;
            case "error", "critical" -> Level.SEVERE;
            default -> Level.OFF;
        };
        Logger root = Logger.getLogger("");
        root.setLevel(level);
        for (Handler handler : root.getHandlers()) {
            handler.setLevel(level);
        }
        return Reply.text(HttpResponseStatus.OK, "level: " + logLevel());
    }

    private static String logLevel() {
        Level level = Logger.getLogger("").getLevel();
        return level == null ? "info" : level.getName().toLowerCase(Locale.ROOT);
    }

    private static Reply onlyBy(String methods) {
        return Reply.text(HttpResponseStatus.METHOD_NOT_ALLOWED, "this page answers only to " + methods);
    }

    private static Reply missing(String path) {
        return Reply.text(
                HttpResponseStatus.NOT_FOUND, "no page " + Json.printable(path) + "; /help lists what there is");
    }

    private static CompletionStage<Reply> done(Reply reply) {
        return CompletableFuture.completedFuture(reply);
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        if (event instanceof IdleStateEvent) {
            context.close();
        } else {
            context.fireUserEventTriggered(event);
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        context.close();
    }
}
