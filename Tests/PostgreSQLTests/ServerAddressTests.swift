import Testing

@testable import PostgreSQL

struct ServerAddressTests {
    @Test(
        arguments: [
            ("postgresql://host/db", "postgresql://host/db"),
            ("postgresql://u@host:5432/db", "postgresql://u@host:5432/db"),
            ("postgresql://u:secret@host:5432/db", "postgresql://u:***@host:5432/db"),
            ("postgres://u:se@cr:et@a,b/db?x=1", "postgres://u:***@a,b/db?x=1"),
            ("postgresql:///db?user=u&password=secret&host=/run", "postgresql:///db?user=u&password=***&host=/run"),
            ("postgresql://host/db?sslpassword=secret", "postgresql://host/db?sslpassword=***"),
            ("host=a password=secret dbname=b", "host=a password=*** dbname=b"),
            (#"host=a PASSWORD = 'se cr\'et' dbname=b"#, "host=a PASSWORD = *** dbname=b"),
        ]
    )
    func `a password is in no description`(address: String, described: String) {
        #expect("\(ServerAddress(address))" == described)
    }

    @Test func `a message that quotes an address is cut off before it`() {
        let address = ServerAddress("postgresql://u:%zz@host")
        #expect(address.redacting(#"invalid percent-encoded token: "%zz""#) == "invalid percent-encoded token: ")
        let failure = #"connection to server at "host" (1.2.3.4), port 5432 failed: refused"#
        #expect(address.redacting(failure + "\n") == failure)
    }

    @Test func `an address begins like a URI of libpq, and everything else is a path`() {
        #expect(ServerAddress.isAddress("postgresql://"))
        #expect(ServerAddress.isAddress("postgres://host/db"))
        #expect(!ServerAddress.isAddress("/var/lib/postgresql/volumes.db"))
        #expect(!ServerAddress.isAddress("postgresql.db"))
    }
}
