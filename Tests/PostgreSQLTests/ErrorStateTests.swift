import SQL
import Testing

@testable import PostgreSQL

struct ErrorStateTests {
    @Test(
        arguments: [
            ("23505", .constraint), ("22003", .constraint), ("42601", .statement), ("42P01", .statement),
            ("55P03", .busy), ("40P01", .busy), ("57014", .busy), ("53100", .full), ("58030", .inputOutput),
            ("42501", .notPermitted), ("28P01", .notPermitted), ("XX001", .corrupt), ("57P01", .connectionLost),
            ("25P03", .connectionLost), ("08006", .connectionLost), ("25006", .connectionLost), (nil, .connectionLost),
        ] as [(String?, SQLError.Code)]
    )
    func `an error of the server has the code that its caller can act on`(state: String?, code: SQLError.Code) {
        #expect(SQLError.Code(state: state, isReading: false) == code)
    }

    @Test func `a write in a transaction that reads is not permitted`() {
        #expect(SQLError.Code(state: "25006", isReading: true) == .notPermitted)
    }
}
