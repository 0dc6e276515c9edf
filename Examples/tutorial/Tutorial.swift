/// Runs the listings of TaskFlow's tutorial, in its order.
@main
struct Tutorial {
    static func main() async throws {
        print("1. two steps")
        try await createVolume()
        print("2. a step that fails")
        await createOnAFullRack()
        print("3. another attempt")
        try await createOnTheNextRack()
        print("4. at the same time")
        try await measureRacks()
        print("5. in a database")
        try await createDurably()
        print("6. only if")
        try await checkRacks()
        print("7. where it has to")
        try await createElsewhere()
    }
}
