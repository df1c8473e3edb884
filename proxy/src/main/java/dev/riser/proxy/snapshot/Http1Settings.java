package dev.riser.proxy.snapshot;

/**
 * HTTP/1 towards one side.
 *
 * @param acceptHttp10 whether HTTP/1.0 requests are taken
 * @param defaultHost authority of an HTTP/1.0 request without {@code Host}, empty: it is refused
 * @param allowAbsoluteUrl whether a request target may be an absolute URL
 * @param trailers whether trailers are passed on
 * @param allowChunkedLength whether {@code Transfer-Encoding: chunked} beside {@code Content-Length} is taken (the length
 *     is then removed)
 * @param headerCase how names are written
 */
public record Http1Settings(
        boolean acceptHttp10,
        String defaultHost,
        boolean allowAbsoluteUrl,
        boolean trailers,
        boolean allowChunkedLength,
        HeaderCase headerCase) {

    /** What holds where the configuration is silent. */
    public static final Http1Settings DEFAULT = new Http1Settings(false, "", true, false, false, HeaderCase.LOWER);

    /** How header names are written. */
    public enum HeaderCase {
        /** {@code content-type}. */
        LOWER,
        /** {@code Content-Type}. */
        PROPER,
        /** As they came in. */
        PRESERVE
    }
}
