package dev.riser.proxy.http;

/** Where requests of a connection go. Called on the connection's event loop. */
public interface RequestHandler {
    /** A new request. The handler sets the stream's listener before it returns unless it has answered with an end. */
    void onRequest(ServerStream stream, RequestHead head, boolean end);

    /** A head that could not be accepted and was answered with {@code status}; for counting and logging only. */
    void onRefused(int status, String why);
}
