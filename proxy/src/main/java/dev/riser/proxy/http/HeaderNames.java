package dev.riser.proxy.http;

import io.netty.util.AsciiString;

/** Header names that the proxy itself reads or writes, lower case. */
public final class HeaderNames {
    public static final AsciiString CONNECTION = AsciiString.cached("connection");
    public static final AsciiString CONTENT_LENGTH = AsciiString.cached("content-length");
    public static final AsciiString CONTENT_TYPE = AsciiString.cached("content-type");
    public static final AsciiString COOKIE = AsciiString.cached("cookie");
    public static final AsciiString DATE = AsciiString.cached("date");
    public static final AsciiString EXPECT = AsciiString.cached("expect");
    public static final AsciiString GRPC_MESSAGE = AsciiString.cached("grpc-message");
    public static final AsciiString GRPC_STATUS = AsciiString.cached("grpc-status");
    public static final AsciiString HOST = AsciiString.cached("host");
    public static final AsciiString HTTP2_SETTINGS = AsciiString.cached("http2-settings");
    public static final AsciiString KEEP_ALIVE = AsciiString.cached("keep-alive");
    public static final AsciiString LOCATION = AsciiString.cached("location");
    public static final AsciiString PROXY_CONNECTION = AsciiString.cached("proxy-connection");
    public static final AsciiString RETRY_AFTER = AsciiString.cached("retry-after");
    public static final AsciiString SERVER = AsciiString.cached("server");
    public static final AsciiString TE = AsciiString.cached("te");
    public static final AsciiString TRANSFER_ENCODING = AsciiString.cached("transfer-encoding");
    public static final AsciiString UPGRADE = AsciiString.cached("upgrade");
    public static final AsciiString USER_AGENT = AsciiString.cached("user-agent");
    public static final AsciiString X_ATTEMPT_COUNT = AsciiString.cached("x-envoy-attempt-count");
    public static final AsciiString X_FORWARDED_FOR = AsciiString.cached("x-forwarded-for");
    public static final AsciiString X_FORWARDED_CLIENT_CERT = AsciiString.cached("x-forwarded-client-cert");
    public static final AsciiString X_FORWARDED_PROTO = AsciiString.cached("x-forwarded-proto");
    public static final AsciiString X_REQUEST_ID = AsciiString.cached("x-request-id");
    public static final AsciiString X_RISER_FAILURE = AsciiString.cached("x-riser-failure");
    public static final AsciiString X_RISER_HOP = AsciiString.cached("x-riser-hop");
    public static final AsciiString X_RISER_PEER = AsciiString.cached("x-riser-peer");
    public static final AsciiString X_RISER_PROTOCOL = AsciiString.cached("x-riser-protocol");

    private HeaderNames() {}
}
