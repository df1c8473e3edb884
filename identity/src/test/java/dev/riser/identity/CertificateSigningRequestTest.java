package dev.riser.identity;

import static org.assertj.core.api.Assertions.assertThat;

import java.security.KeyPair;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.Extensions;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.operator.jcajce.JcaContentVerifierProviderBuilder;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequest;
import org.junit.jupiter.api.Test;

class CertificateSigningRequestTest {
    @Test
    void anotherImplementationReadsKeySignatureAndName() throws Exception {
        KeyPair keys = P256.generate();
        // Long enough for lengths that take one, two and three octets in DER.
        for (int length : new int[] {1, 60, 150, 1000}) {
            SpiffeId id = new TrustDomain("cluster.local").serviceAccount("prod", "a".repeat(length));

            JcaPKCS10CertificationRequest request =
                    new JcaPKCS10CertificationRequest(CertificateSigningRequest.der(keys, id));

            assertThat(request.getPublicKey()).isEqualTo(keys.getPublic());
            assertThat(request.isSignatureValid(new JcaContentVerifierProviderBuilder().build(keys.getPublic())))
                    .isTrue();
            assertThat(request.getSubject().getRDNs()).isEmpty();
            Extensions extensions = request.getRequestedExtensions();
            Extension names = extensions.getExtension(Extension.subjectAlternativeName);
            assertThat(names.isCritical()).isTrue();
            assertThat(GeneralNames.getInstance(names.getParsedValue()).getNames())
                    .containsExactly(new GeneralName(GeneralName.uniformResourceIdentifier, id.text()));
            assertThat(request.getAttributes(PKCSObjectIdentifiers.pkcs_9_at_extensionRequest))
                    .hasSize(1);
            // Canonical bytes: what a strict reader writes back is what we wrote.
            assertThat(request.getEncoded()).isEqualTo(CertificateSigningRequestBytes.reencoded(request));
        }
    }

    @Test
    void pemCarriesTheRequestLabel() {
        String pem = CertificateSigningRequest.pem(P256.generate(), SpiffeId.parse("spiffe://d/ns/a/sa/b"));

        assertThat(Pem.read(pem))
                .singleElement()
                .satisfies(block -> assertThat(block.label()).isEqualTo("CERTIFICATE REQUEST"));
        assertThat(pem.lines()).allSatisfy(line -> assertThat(line).hasSizeLessThanOrEqualTo(64));
    }

    /** DER by BouncyCastle's own writer. */
    private static final class CertificateSigningRequestBytes {
        static byte[] reencoded(JcaPKCS10CertificationRequest request) throws java.io.IOException {
            return request.toASN1Structure().getEncoded(org.bouncycastle.asn1.ASN1Encoding.DER);
        }
    }
}
