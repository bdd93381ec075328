#!/usr/bin/env perl
# FixMyStreet against an Open311 server: it takes the services over, sends reports and updates, and
# fetches what the council says. Environment: BASE_URL with a slash at the end, API_KEY, CITY_KEY (one
# that may change any service request), LAT, LONG, PHOTO (a JPEG), SVC_PLAIN and SVC_TOKEN (services
# without questions that answer an id and a token), JURISDICTION (where there are several).
use v5.36;
use utf8;
use FindBin;
use lib $FindBin::Bin;
use FixMyStreet;
use Open311Client;

binmode STDOUT, ':encoding(UTF-8)';
$| = 1;
for my $name (qw(BASE_URL API_KEY CITY_KEY LAT LONG PHOTO SVC_PLAIN SVC_TOKEN)) {
    die "$name is not set\n" unless $ENV{$name};
}
my %count = (PASS => 0, FAIL => 0);

sub check ($name, $passed, $detail = '') {
    my $kind = $passed ? 'PASS' : 'FAIL';
    $count{$kind}++;
    say "$kind  $name", $passed || $detail eq '' ? '' : "  -- $detail";
    return $passed;
}

sub client (%more) {
    my %jurisdiction = $ENV{JURISDICTION} ? (jurisdiction => $ENV{JURISDICTION}) : ();
    return Open311Client->new(endpoint => $ENV{BASE_URL}, api_key => $ENV{API_KEY}, %jurisdiction, %more);
}

# So that it can run against the same server again.
my $number = 1000 * time;

sub problem ($service, %more) {
    $number++;
    return {
        service_code => $service->{service_code}, title => "Report $number", used_map => 1,
        detail => "A hole, ½ m deep – “mind” it\nsecond line", name => 'Ada Lovelace',
        email => 'ada.canary@example.org', phone => '020 7946 0000',
        url => "https://fixmystreet.example.org/report/$number",
        lat => $ENV{LAT}, long => $ENV{LONG}, %more,
    };
}

sub comment ($state, $text, %more) {
    $number++;
    return {
        id => $number, state => $state, text => $text, confirmed => time, name => 'Ada',
        email => 'ada.update.canary@example.org', problem_number => 4711, %more,
    };
}

sub counted ($became) { return join ' ', map { "$_=$became->{$_}" } sort keys %$became }

# The service list.
my $client = client(extended_statuses => 1, multi_photos => 1, use_extended_updates => 1);
my $site = FixMyStreet->new($client);
my $refused = $site->populate_service_list;
check('every service is taken over', !@$refused, "@$refused");
my @contacts = sort { $a->{service_code} cmp $b->{service_code} } values %{ $site->{contacts} };
$site->populate_service_list;
check('a second time none is gone', @contacts > 0 && keys %{ $site->{contacts} } == @contacts);
my %asked = map { my $one = $_; $_->{service_code} => { map { $_->{code} => $_ } @{ $one->{questions} } } } @contacts;
# What is asked and must be answered; what is no question is shown and not sent.
my %answers;
for my $contact (@contacts) {
    for my $question (grep { $_->{variable} eq 'true' } @{ $contact->{questions} }) {
        my $values = Open311Client::list(ref $question->{values} ? $question->{values}{value} : undef);
        my %of = (number => '3', datetime => '2026-01-02T03:04:05+00:00');
        my $answer = $question->{datatype} =~ /list$/ ? $values->[0]{key} : $of{ $question->{datatype} } // 'an answer';
        $answers{ $contact->{service_code} }{ $question->{code} } = $answer;
    }
}
my ($detailed) = grep { my %is = map { $_->{datatype} => 1 } @{ $_->{questions} }; $is{multivaluelist} && $is{text} } @contacts;
my ($plain) = grep { $_->{service_code} eq $ENV{SVC_PLAIN} } @contacts;
my ($batch) = grep { $_->{service_code} eq $ENV{SVC_TOKEN} } @contacts;
check('the questions of a service come with their values', defined $detailed && !grep { !defined } values %{ $answers{ $detailed->{service_code} } });

# Reports.
my @photos = map { "https://fixmystreet.example.org/photo/4711.$_.jpeg" } 0 .. 1;
my $id = $site->send_report(problem($plain, photos => \@photos));
check('a report with two photos gets an id', defined $id, $client->error);
my $extra = { fixmystreet_id => 4711, easting => 530000, northing => 180000, title => 'Report', report_url => 'https://fixmystreet.example.org/report/4711' };
my $answered = $site->send_report(problem($detailed, attributes => { %{ $answers{ $detailed->{service_code} } }, %$extra }));
check('answers and what nobody asked for are taken, one value for a list of several', defined $answered, $client->error);
my $later = $site->send_report(problem($batch));
check('a token becomes an id while FixMyStreet waits', defined $later, $client->error);
my $files = client(upload_files => 1, multi_photos => 1);
my $with_file = FixMyStreet->new($files)->send_report(problem($plain, photos => \@photos, files => [$ENV{PHOTO}]));
check('photos are taken as files beside their addresses', defined $with_file, $files->error);
my $unpinned = client(send_notpinpointed => 1);
my $nowhere = FixMyStreet->new($unpinned)->send_report(problem($plain, used_map => 0));
check('a report that nobody put on the map is taken', defined $nowhere, $unpinned->error);

# Refusals have a reason that can be shown.
my $locked_out = client(api_key => 'wrong');
my $not_sent = $locked_out->send_service_request(problem($plain));
check('a wrong key is told', !$not_sent && $locked_out->error =~ /^403: api_key /, $locked_out->error);
my @required = grep { $_->{required} eq 'true' && $_->{variable} eq 'true' } @{ $detailed->{questions} };
$not_sent = $client->send_service_request(problem($detailed));
my @told = split /\n/, $client->error;
check('every missing answer is told', !$not_sent && @told == @required && !grep({ !/^400: / } @told), $client->error);
$not_sent = $client->send_service_request(problem({ service_code => 'no-such-code' }));
check('an unknown category is told', !$not_sent && $client->error =~ /^404: service_code /, $client->error);

# Updates of FixMyStreet's users.
my @told_states = ('investigating', 'in progress', 'planned', 'action scheduled', 'for triage', 'duplicate',
    'not responsible', 'unable to fix', 'internal referral', 'cancelled', 'closed', 'fixed', 'confirmed');
my %external;
for my $state (@told_states) {
    my $told = $site->send_update($id, comment($state, "It is now: $state"));
    $external{$told}++ if check("an update to '$state' is taken", defined $told, $client->error);
}
check('each has an id of its own', keys %external == @told_states);
for my $status (qw(UNCHANGED REOPEN)) {
    my $told = $site->send_update($id, comment('confirmed', "Status $status", status => $status));
    check("an update with the status $status is taken", defined $told, $client->error);
}
my $again = comment('in progress', 'Sent, and the answer lost', photos => \@photos, phone => '020 7946 0000',
    account_id => '99', service_code => $plain->{service_code}, attributes => { fms_extra_title => 'MR' });
my @twice = map { $site->send_update($id, $again) } 1 .. 2;
check('an update that is sent again is the same', @twice == 2 && $twice[0] eq $twice[1], "@twice");
$files->{extended_statuses} = 1;
my $pictured = $files->post_service_request_update({ %{ comment('in progress', 'Look') }, external_problem => $with_file, files => [$ENV{PHOTO}] });
check('an update with a file is taken', defined $pictured, $files->error);
my $lost = $client->post_service_request_update({ %{ comment('fixed', 'x') }, external_problem => 'no-such-id' });
check('an update on what is unknown is refused with a reason', !$lost && $client->error =~ /^404: service_request_id /, $client->error);

# Updates of the council. FixMyStreet's own come back with them, under the ids that it was told.
my $council = client(api_key => $ENV{CITY_KEY}, extended_statuses => 1, multi_photos => 1);

sub council_says ($id, $status, $text, %more) {
    my $told = $council->post_service_request_update({
        external_problem => $id, name => 'Works', email => 'works.canary@example.org', state => 'confirmed',
        id => "works-" . ++$number, status => $status, text => $text, confirmed => time, %more });
    return check("the council says $status", defined $told, $council->error);
}

my $became = $site->fetch_updates;
check("what FixMyStreet sent is not new to it", $became->{applied} == 0 && $became->{duplicate} >= @told_states + 3, counted($became));
check('nothing is broken or out of range', $became->{broken} == 0 && $became->{out_of_range} == 0, counted($became));
check('what others reported is not its business', $became->{unknown} >= 1, counted($became));
my %in_words = (OPEN => 'confirmed', INVESTIGATING => 'investigating', IN_PROGRESS => 'in progress', PLANNED => 'planned',
    ACTION_SCHEDULED => 'action scheduled', FOR_TRIAGE => 'for triage', DUPLICATE => 'duplicate', FIXED => 'fixed',
    NOT_COUNCILS_RESPONSIBILITY => 'not responsible', NO_FURTHER_ACTION => 'unable to fix',
    INTERNAL_REFERRAL => 'internal referral', CANCELLED => 'cancelled', CLOSED => 'closed');
for my $status (sort keys %in_words) {
    council_says($later, $status, "Council: $status – ½ done", photos => [$photos[0]]);
    my $fetched = $site->fetch_updates;
    my $state = $site->{problems}{$later}{state};
    check("FixMyStreet then shows '$in_words{$status}'", $fetched->{applied} == 1 && $state eq $in_words{$status}, "$state, " . counted($fetched));
}
my @comments = values %{ $site->{problems}{$later}{comments} };
check('with the words and the photo of each', 13 == grep({ $_->{text} =~ /^Council: \w+ – ½ done$/ && $_->{photos}[0] eq $photos[0] } @comments));
council_says($later, 'IN_PROGRESS', 'Before and after', photos => \@photos);
$site->fetch_updates;
my ($two) = grep { ($_->{text} // '') eq 'Before and after' } values %{ $site->{problems}{$later}{comments} };
check('two photos of one update are both shown', $two && "@{ $two->{photos} }" eq "@photos", $two && "@{ $two->{photos} }");
council_says($later, 'IN_PROGRESS', '');
check('an update without words is taken', $site->fetch_updates->{applied} == 1);
my $overlapping = $site->fetch_updates;
check('an overlapping fetch changes nothing', $overlapping->{applied} == 0 && $overlapping->{duplicate} >= 30, counted($overlapping));

# A council that has not turned extended statuses on.
my $simple = FixMyStreet->new(client());
$simple->{problems}{$answered} = { %{ $site->{problems}{$answered} }, comments => {} };
my $word = $simple->send_update($answered, comment('unable to fix', 'Over'));
check('without extended statuses CLOSED is sent and taken', defined $word, $simple->{client}->error);
council_says($answered, 'CLOSED', 'Nobody was there');
$became = $simple->fetch_updates;
check("and closed is shown as 'fixed'", $became->{applied} == 1 && $simple->{problems}{$answered}{state} eq 'fixed', counted($became));

# Times.
my $yesterday = time - 86_400;
$became = $site->fetch_updates(Open311Client::utc($yesterday - 3600), Open311Client::utc($yesterday));
check('an earlier range holds none of them', !grep({ $_ } values %$became), counted($became));
my ($with_offset, $date) = map { Open311Client::utc($_) } time - 3600, time;
$with_offset =~ s/Z$/+00:00/;
check('an offset in a range is read', @{ $client->get_service_request_updates($with_offset, $date) // [] } > 10, $client->error);
my ($without_zone) = $date =~ /^(.*)Z$/;
check('a range without a zone is read', defined $client->get_service_request_updates('2026-01-01T00:00:00', $without_zone), $client->error);
check('a range of dates is read', defined $client->get_service_request_updates('2011-03-08', '2011-03-10'), $client->error);
check('without a range all are told', @{ $client->get_service_request_updates // [] } > 10, $client->error);

# Reports of others.
my ($shown, $dropped) = $site->fetch_reports(start_date => Open311Client::utc(time - 3600), end_date => Open311Client::utc(time));
my %shown = map { $_->{service_request_id} => $_ } @{ $shown // [] };
check('reports are fetched and none is dropped', defined $shown && $dropped == 0 && $shown{$id}, $dropped // $client->error);
check('one is closed', $shown{$answered} && $shown{$answered}{status} eq 'closed');
my ($by_id) = $site->fetch_reports(service_request_id => "$id,$later");
check('two are fetched by their ids', @{ $by_id // [] } == 2);

say "$count{PASS} passed, $count{FAIL} failed, 0 skipped";
exit($count{FAIL} ? 1 : 0);
