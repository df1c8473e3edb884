package dev.riser.proxy.route;

import java.util.Arrays;

/**
 * Answer from configuration.
 *
 * @param status 200 to 599
 * @param body may be empty; not to be changed
 */
@SuppressWarnings("ArrayRecordComponent") // compared by content below; read without a copy
public record DirectResponse(int status, byte[] body) implements RouteAction {
    @Override
    public boolean equals(Object other) {
        return other instanceof DirectResponse(int thatStatus, byte[] thatBody)
                && status == thatStatus
                && Arrays.equals(body, thatBody);
    }

    @Override
    public int hashCode() {
        return 31 * status + Arrays.hashCode(body);
    }
}
