# What FixMyStreet sends to an Open311 server and how it reads the answers: with LWP and XML::Simple,
# as FixMyStreet itself does it. Written from what ../shared/reference says of it (georeport-v2.md 3.5,
# 6.5 and 8, clients.md); none of its code is here.
package Open311Client;

use v5.36;
use HTTP::Request::Common qw(POST);
use LWP::UserAgent;
use POSIX qw(strftime);
use Time::Local qw(timegm timelocal);
use URI;
use URI::Escape ();
use XML::Simple ();

# FixMyStreet waits five minutes for a slow council.
my $TIMEOUT = 300;
# A token is asked for five times, every two seconds; then the report counts as not sent.
my ($TOKEN_TRIES, $TOKEN_PAUSE) = (5, 2);

# FixMyStreet's states in the extension's upper case.
my %STATUS = (
    confirmed => 'OPEN', fixed => 'FIXED', closed => 'CLOSED', investigating => 'INVESTIGATING',
    'in progress' => 'IN_PROGRESS', planned => 'PLANNED', 'action scheduled' => 'ACTION_SCHEDULED',
    duplicate => 'DUPLICATE', 'not responsible' => 'NOT_COUNCILS_RESPONSIBILITY',
    'unable to fix' => 'NO_FURTHER_ACTION', 'internal referral' => 'INTERNAL_REFERRAL',
    cancelled => 'CANCELLED', 'for triage' => 'FOR_TRIAGE',
);

# endpoint (with the slash at the end), api_key, jurisdiction; and what a council's configuration turns
# on: extended_statuses, multi_photos, upload_files, use_extended_updates, send_notpinpointed.
sub new ($class, %configuration) {
    my $agent = LWP::UserAgent->new(timeout => $TIMEOUT);
    return bless { %configuration, agent => $agent, error => '' }, $class;
}

sub error ($self) { return $self->{error} }

sub get_service_list ($self) { return $self->get('services.xml') }

sub get_service_meta_info ($self, $code) {
    return $self->get('services/' . URI::Escape::uri_escape_utf8($code) . '.xml');
}

# Yields the id, or nothing if the server gave none in time.
sub send_service_request ($self, $problem) {
    my ($first, $last) = split_name($problem->{name});
    my %form = (
        description => "title: $problem->{title}\n\ndetail: $problem->{detail}\n\n"
            . "url: $problem->{url}\n\nSubmitted via FixMyStreet\n",
        service_code => $problem->{service_code},
        first_name => $first, last_name => $last, email => $problem->{email},
    );
    $form{phone} = $problem->{phone} if $problem->{phone};
    @form{qw(lat long)} = @$problem{qw(lat long)};
    if ($self->{send_notpinpointed} && !$problem->{used_map}) {
        # Bromley wants to know how exact the position is, and what was reported with.
        @form{qw(address_id deviceid)} = ('#NOTPINPOINTED#', 'iPhone');
    }
    $form{"attribute[$_]"} = $problem->{attributes}{$_} for keys %{ $problem->{attributes} // {} };
    $self->add_photos(\%form, $problem);
    my $answer = $self->post('requests.xml', \%form, $self->{upload_files});
    return $answer && $self->id_or_token($answer->{request}, 'service_request_id');
}

# Yields the id that the server gives the update.
sub post_service_request_update ($self, $comment) {
    my ($first, $last) = split_name($comment->{name});
    my $status = $STATUS{ $comment->{state} };
    if (!$self->{extended_statuses}) {
        my %open = map { $_ => 1 } qw(OPEN INVESTIGATING IN_PROGRESS PLANNED ACTION_SCHEDULED FOR_TRIAGE);
        $status = $open{$status} ? 'OPEN' : 'CLOSED';
    }
    my %form = (
        update_id => $comment->{id},
        updated_datetime => strftime('%Y-%m-%dT%H:%M:%S+00:00', gmtime $comment->{confirmed}),
        service_request_id => $comment->{external_problem},
        status => $comment->{status} // $status,
        email => $comment->{email}, description => $comment->{text},
        first_name => $first, last_name => $last eq '' ? '-' : $last,
    );
    $form{phone} = $comment->{phone} if $comment->{phone};
    $form{$_} = $comment->{$_} for grep { defined $comment->{$_} } qw(account_id service_code);
    if ($self->{use_extended_updates}) {
        $form{public_anonymity_required} = 'FALSE';
        $form{email_alerts_requested} = 'TRUE';
        $form{title} = 'MR';
        $form{update_id_ext} = $comment->{id};
        $form{service_request_id_ext} = $comment->{problem_number};
    }
    $form{"attribute[$_]"} = $comment->{attributes}{$_} for keys %{ $comment->{attributes} // {} };
    $self->add_photos(\%form, $comment);
    my $answer = $self->post('servicerequestupdates.xml', \%form, $self->{upload_files});
    return $answer && $self->id_or_token($answer->{request_update}, 'update_id');
}

# Both dates or none; FixMyStreet sends its key with it, which nobody asked for.
sub get_service_request_updates ($self, @range) {
    my %query = (api_key => $self->{api_key});
    @query{qw(start_date end_date)} = @range if @range == 2;
    my $answer = $self->get('servicerequestupdates.xml', \%query);
    return $answer && list($answer->{request_update});
}

sub get_service_requests ($self, %query) {
    my $answer = $self->get('requests.xml', \%query);
    return $answer && list($answer->{request});
}

sub id_or_token ($self, $answer, $name) {
    return unless ref $answer eq 'HASH';
    my ($id, $token) = @$answer{ $name, 'token' };
    # XML::Simple makes a hash of an element that is empty or has attributes.
    return $id if defined $id && !ref $id && $id ne '';
    return unless defined $token && !ref $token && $token ne '';
    for (1 .. $TOKEN_TRIES) {
        my $resolved = $self->get("tokens/$token.xml");
        $id = $resolved && $resolved->{request}{service_request_id};
        return $id if defined $id && !ref $id;
        sleep $TOKEN_PAUSE;
    }
    return;
}

sub add_photos ($self, $form, $what) {
    my @photos = @{ $what->{photos} // [] };
    $form->{media_url} = $self->{multi_photos} ? \@photos : $photos[0] if @photos;
    return unless $self->{upload_files};
    my $number = 0;
    $form->{ 'photo' . ++$number } = [$_, undef, 'Content-Type' => 'image/jpeg'] for @{ $what->{files} // [] };
    return;
}

sub get ($self, $path, $query = {}) {
    my %query = (%$query, defined $self->{jurisdiction} ? (jurisdiction_id => $self->{jurisdiction}) : ());
    my $url = URI->new($self->{endpoint});
    $url->path($url->path . $path);
    $url->query_form(%query);
    return $self->read($self->{agent}->get($url));
}

sub post ($self, $path, $form, $with_files) {
    my %form = (%$form, api_key => $self->{api_key});
    $form{jurisdiction_id} = $self->{jurisdiction} if defined $self->{jurisdiction};
    utf8::encode($_) for grep { !ref } values %form;
    my @type = $with_files ? (Content_Type => 'form-data') : ();
    # In a form with files a list is a file: several addresses are fields of the same name.
    my @fields = map {
        my $name = $_;
        $name eq 'media_url' && ref $form{$name} ? map { ($name => $_) } @{ $form{$name} } : ($name => $form{$name})
    } sort keys %form;
    return $self->read($self->{agent}->request(POST $self->{endpoint} . $path, @type, Content => \@fields));
}

# The document, or nothing and the reason in `error`: of a refusal, what stands under errors/error.
sub read ($self, $response) {
    my $document = eval { XML::Simple->new(KeyAttr => {})->parse_string($response->decoded_content) };
    return $document if $response->is_success && ref $document;
    my $errors = ref $document ? $document->{error} : undef;
    my @reasons = map { "$_->{code}: $_->{description}" } @{ list($errors) };
    $self->{error} = join("\n", @reasons) || 'unknown error ' . $response->status_line;
    return;
}

# XML::Simple squashes a list of one.
sub list ($entries) {
    return [] if !defined $entries;
    return ref $entries eq 'ARRAY' ? $entries : [$entries];
}

sub split_name ($name) {
    my ($first, $last) = $name =~ /^(\S+)(?:\s+(.*))?$/;
    return ($first, $last // '');
}

# A W3C date-time; nothing if it is none. Without a zone it is the local time of FixMyStreet's server.
sub instant ($text) {
    return if ref $text || !defined $text;
    my @part = $text =~ /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.\d+)?(Z|[+-]\d\d:\d\d)?$/ or return;
    my @time = ($part[5], $part[4], $part[3], $part[2], $part[1] - 1, $part[0]);
    return eval { timelocal(@time) } unless defined $part[6];
    my $time = eval { timegm(@time) } // return;
    my ($sign, $hours, $minutes) = $part[6] =~ /^([+-])(\d\d):(\d\d)$/ or return $time;
    my $offset = ($hours * 60 + $minutes) * 60;
    return $sign eq '+' ? $time - $offset : $time + $offset;
}

sub utc ($instant) { return strftime('%Y-%m-%dT%H:%M:%SZ', gmtime $instant) }

1;
