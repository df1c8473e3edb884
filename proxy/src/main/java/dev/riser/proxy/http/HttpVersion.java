package dev.riser.proxy.http;

/** Versions of HTTP that the proxy speaks, with the names that access logs use. */
public enum HttpVersion {
    HTTP_1_0("HTTP/1.0"),
    HTTP_1_1("HTTP/1.1"),
    HTTP_2("HTTP/2");

    private final String text;

    HttpVersion(String text) {
        this.text = text;
    }

    /** As in Envoy's {@code %PROTOCOL%}. */
    public String text() {
        return text;
    }
}
