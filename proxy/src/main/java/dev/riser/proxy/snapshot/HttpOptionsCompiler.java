package dev.riser.proxy.snapshot;

import static dev.riser.proxy.snapshot.Inspection.at;

import io.envoyproxy.envoy.config.core.v3.Http1ProtocolOptions;
import io.envoyproxy.envoy.config.core.v3.Http2ProtocolOptions;
import java.time.Duration;
import java.util.Set;

/** Compiles the settings of HTTP/1 and HTTP/2, of either side. */
final class HttpOptionsCompiler {
    private static final String PRESERVE_CASE =
            "envoy.extensions.http.header_formatters.preserve_case.v3.PreserveCaseFormatterConfig";

    private final Inspection inspection;

    HttpOptionsCompiler(Inspection inspection) {
        this.inspection = inspection;
    }

    Http1Settings http1(Http1ProtocolOptions options, String path) {
        // Which parser reads the bytes is our own affair.
        inspection.only(
                options,
                path,
                Set.of(
                        "allow_absolute_url",
                        "accept_http_10",
                        "default_host_for_http_10",
                        "header_key_format",
                        "enable_trailers",
                        "allow_chunked_length",
                        "use_balsa_parser"));
        var format = options.getHeaderKeyFormat();
        String at = at(path, "header_key_format");
        inspection.only(format, at, Set.of("proper_case_words", "stateful_formatter"));
        Http1Settings.HeaderCase headerCase = switch (format.getHeaderFormatCase()) {
            case PROPER_CASE_WORDS -> Http1Settings.HeaderCase.PROPER;
            case STATEFUL_FORMATTER -> {
                String type = Inspection.typeOf(format.getStatefulFormatter().getTypedConfig());
                if (!type.equals(PRESERVE_CASE)) {
                    inspection.reject(at(at, "stateful_formatter"), "this proxy has no formatter with " + type);
                }
                yield Http1Settings.HeaderCase.PRESERVE;
            }
            case HEADERFORMAT_NOT_SET -> Http1Settings.HeaderCase.LOWER;
        };
        return new Http1Settings(
                options.getAcceptHttp10(),
                options.getDefaultHostForHttp10(),
                !options.hasAllowAbsoluteUrl() || options.getAllowAbsoluteUrl().getValue(),
                options.getEnableTrailers(),
                options.getAllowChunkedLength(),
                headerCase);
    }

    Http2Settings http2(Http2ProtocolOptions options, String path) {
        inspection.only(
                options,
                path,
                Set.of(
                        "hpack_table_size",
                        "max_concurrent_streams",
                        "initial_stream_window_size",
                        "initial_connection_window_size",
                        "allow_connect",
                        "connection_keepalive",
                        "use_oghttp2_codec"));
        var keepalive = options.getConnectionKeepalive();
        String at = at(path, "connection_keepalive");
        inspection.only(keepalive, at, Set.of("interval", "timeout", "interval_jitter"));
        Duration interval = inspection.duration(keepalive.getInterval(), at(at, "interval"));
        Duration timeout = inspection.duration(keepalive.getTimeout(), at(at, "timeout"));
        Http2Settings defaults = Http2Settings.DEFAULT;
        return new Http2Settings(
                options.hasMaxConcurrentStreams()
                        ? Integer.toUnsignedLong(
                                options.getMaxConcurrentStreams().getValue())
                        : defaults.maxConcurrentStreams(),
                options.hasInitialStreamWindowSize()
                        ? window(
                                options.getInitialStreamWindowSize().getValue(), at(path, "initial_stream_window_size"))
                        : defaults.initialStreamWindow(),
                options.hasInitialConnectionWindowSize()
                        ? window(
                                options.getInitialConnectionWindowSize().getValue(),
                                at(path, "initial_connection_window_size"))
                        : defaults.initialConnectionWindow(),
                options.hasHpackTableSize()
                        ? Inspection.count(options.getHpackTableSize().getValue())
                        : defaults.headerTableSize(),
                options.getAllowConnect(),
                interval,
                timeout);
    }

    private int window(int bytes, String path) {
        if (bytes >= 0 && bytes < 65535) {
            inspection.reject(path, "is less than 65535");
        }
        return Inspection.count(bytes);
    }
}
